"""`chokepoint study`: refits that show where the skill comes from."""

from pathlib import Path
from typing import Annotated

import typer

study_app = typer.Typer(no_args_is_help=True, help="Refits that show where the skill comes from.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
StudyFrom = Annotated[str, typer.Option("--from", help="First origin.")]
StudyTo = Annotated[str, typer.Option("--to", help="Last origin.")]
StudyModel = Annotated[str, typer.Option("--model", help="Method to study; default the champion's.")]
StudyYears = Annotated[int, typer.Option("--refit-years", min=1, help="Calendar years between refits.")]
StudyOut = Annotated[
    Path | None, typer.Option("--out", help="Folder for the study's own folder; default inside the home folder.")
]


@study_app.command("ablation")
def study_ablation(
    first: StudyFrom = "2000-01",
    last: StudyTo = "2024-11",
    model: StudyModel = "",
    refit_years: StudyYears = 3,
    out: StudyOut = None,
    as_json: Json = False,
) -> None:
    """Show what each feature group adds or costs: the method beside itself without the group, on the same refits."""
    _study("ablation", first, last, model, refit_years, out, as_json)


@study_app.command("leave-out")
def study_leave_out(
    first: StudyFrom = "2000-01",
    last: StudyTo = "2024-11",
    model: StudyModel = "",
    refit_years: StudyYears = 5,
    out: StudyOut = None,
    as_json: Json = False,
) -> None:
    """Show what is memorised: each capital forecast by fits that never saw its rows, or those of its whole region."""
    _study("leave-out", first, last, model, refit_years, out, as_json)


def _study(study: str, first: str, last: str, model: str, refit_years: int, out: Path | None, as_json: bool) -> None:
    from serving.console import bars, fail_clearly

    with fail_clearly():
        from serving import skill_report
        from serving.studying import run
        from training.models.registry import CHAMPION

        with bars(quiet=as_json) as progress:
            done = run(study, first, last, model or CHAMPION, refit_years, out, progress)
        skill_report.studied(done, as_json)
