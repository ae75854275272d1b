"""The key of a job's work: what changes it, and what does not."""

from serving.work import imported_by


def test_the_stages_are_made_of_the_code_that_forecasts_and_publishes_not_of_pages_routes_and_commands() -> None:
    names = {path.relative_to(path.parents[1]).as_posix() for path in imported_by("serving.stages")}
    assert {
        "serving/stages.py",
        "serving/job.py",
        "serving/publish.py",
        "serving/edition.py",
        "serving/work.py",
    } <= names
    assert [name for name in names if name.split("/")[1].startswith(("cli", "app", "service", "retrain"))] == []
    assert not any("pages" in path.parts or "routes" in path.parts for path in imported_by("serving.stages"))
