"""docs/skill.md: whole tables, honest about what was not run."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.skill_document import aims_table, calibration, differences_table, document, figure_files, scores_table
from benchmarks.study_document import search_section
from data.panel.panel import Panel
from tests.publication import publish
from training.publication.publication import Publication, read_publication

COLUMNS = ["episodes", "model", "reference", "target", "horizon", "window", "metric", "value", "low", "high"]


@pytest.fixture
def published(tmp_path: Path, panel: Panel) -> Publication:
    publish(tmp_path / "published", panel, "2026-10-v1")
    return read_publication(tmp_path / "published")


def of(model: str, reference: str, metric: str, value: float, low: float, high: float) -> tuple[object, ...]:
    return ("version_1", model, reference, "disruption", 6, "all", metric, value, low, high)


TABLE = pd.DataFrame(
    [
        of("stack", "own_history", "log_score", -0.02, -0.03, -0.01),
        of("stack", "own_history", "auroc", 0.05, -0.01, 0.1),
        of("stack", "climatology", "auroc", 0.3, 0.2, 0.4),
    ],
    columns=COLUMNS,
)


def test_a_difference_is_bold_where_its_interval_does_not_hold_0() -> None:
    table = differences_table(TABLE, [("stack", "own_history")], "disruption", ["all"], [6])
    assert table.splitlines()[2] == (
        "| stack | own_history | all | 6 | **-0.0200 (-0.0300, -0.0100)** |  |  | +0.0500 (-0.0100, +0.1000) |"
    )


def test_scores_that_are_missing_leave_their_cell_empty() -> None:
    rows = pd.DataFrame(
        [("stack", 6, "auroc", 0.8), ("stack", 6, "events", 1482.0)], columns=["model", "horizon", "metric", "value"]
    )
    line = next(line for line in scores_table(rows, ["stack"]).splitlines() if line.startswith("| stack | 6"))
    assert line.startswith("| stack | 6 | 1482 | 0.8000 |  |")


def scored(metric: str, target: str, window: str, horizon: int, value: float) -> tuple[object, ...]:
    return ("version_1", "stack", target, horizon, window, metric, value)


SCORES = pd.DataFrame(
    [
        scored("auroc", "disruption", "all", 1, 0.851),
        scored("auroc", "disruption", "all", 6, 0.82),
        scored("share_forecast", "disruption", "all", 6, 0.79),
        scored("calibration_error_of_base_rate", "disruption", "all", 6, 0.24),
        scored("share_forecast", "disruption", "since_2020", 6, 1.24),
        scored("calibration_error_of_base_rate", "disruption", "since_2020", 6, 0.26),
    ],
    columns=["episodes", "model", "target", "horizon", "window", "metric", "value"],
)


def test_what_is_reached_is_bold_beside_what_was_wished_for() -> None:
    text = aims_table(SCORES)
    assert "| disruption | AUROC | all | **0.851** of 0.850 |  | 0.820 of 0.840 |  |" in text
    assert text.startswith("1 of 21 are reached.")


def test_a_sum_of_risks_or_a_curve_that_is_off_is_bold() -> None:
    text = calibration(SCORES)
    assert "| disruption | all |  |  | **0.79** / 0.24 |  |" in text
    assert "| disruption | since 2020 |  |  | 1.24 / **0.26** |  |" in text
    assert text.startswith("In 1 of 2 cases the sum of the risks lies within a factor 1.25")


def test_the_document_shows_the_champion_and_says_which_study_was_not_run(
    published: Publication, tmp_path: Path
) -> None:
    text = document(replace(published, differences=TABLE), tmp_path, tmp_path, "Made today.")
    assert "Made today." in text
    assert text.count("Not run on this data") == 4
    assert "`chokepoint study leave-out` does it" in text
    assert "`chokepoint tune` does it" in text
    assert "better in 1 of 96 comparisons, and in 1 the interval does not hold 0" in text
    assert "| stack | own_history | all | 6 |" in text
    assert "| stack | climatology |" not in text
    assert "### disruption, origins 1999-12 to 2024-11" in text
    assert "| own_history | 6 |  | 0.7700 |" in text


def test_a_study_that_was_run_is_shown_with_its_figure(published: Publication, tmp_path: Path) -> None:
    (tmp_path / "ablation").mkdir()
    about = {"model": "stack", "first": "2000-01", "last": "2024-11", "refit_years": 3, "refits": 90, "seconds": 600.0}
    about |= {"made_at": "2026-11-24", "code_commit": "abc", "data_vintage": "test.1"}
    (tmp_path / "ablation" / "about.json").write_text(json.dumps(about))
    TABLE.assign(reference="stack without coups").to_parquet(tmp_path / "ablation" / "differences.parquet")
    text = document(published, tmp_path, tmp_path / "none", "Made today.")
    assert text.count("Not run on this data") == 3
    assert "refitted every 3 years (90 refits, 600 s)" in text
    assert "| stack | stack without coups | **-0.0200 (-0.0300, -0.0100)** |" in text
    assert (
        figure_files(published, tmp_path)["ablation_log_score_h06.png"] == tmp_path / "ablation" / "log_score_h06.png"
    )


def test_the_learning_curve_says_what_doubling_the_capitals_brought(published: Publication, tmp_path: Path) -> None:
    folder = tmp_path / "learning-curve"
    folder.mkdir()
    about = {"model": "stack", "first": "2000-01", "last": "2024-11", "refit_years": 5, "refits": 9, "seconds": 60.0}
    about |= {"made_at": "2026-11-24", "code_commit": "abc", "data_vintage": "test.1"}
    (folder / "about.json").write_text(json.dumps(about))
    TABLE.assign(model="stack, 1/2 of the capitals", reference="stack").to_parquet(folder / "differences.parquet")
    auroc = {"stack, 1/4 of the capitals": 0.78, "stack, 1/2 of the capitals": 0.8, "stack": 0.815}
    metrics = ("auroc", "average_precision", "brier_skill_vs_climatology")
    names = [f"stack, last {years} years" for years in (5, 10, 15, 20)] + list(auroc)
    pd.DataFrame(
        [
            ("version_1", name, "disruption", h, window, metric, auroc.get(name, 0.7) if metric == "auroc" else 0.05)
            for name in names
            for h in (1, 6, 12)
            for window in ("all", "since_2015")
            for metric in metrics
        ],
        columns=["episodes", "model", "target", "horizon", "window", "metric", "value"],
    ).to_parquet(folder / "skill.parquet")
    text = document(published, tmp_path, tmp_path / "none", "Made today.")
    assert "| stack, last 5 years | all | 0.700 / 0.050 / 0.050 |" in text
    assert (
        "at 6 months +0.020 from a quarter of the capitals to a half and +0.015 from a half to all, which gives 0.815 where 0.840"
        in text
    )


def test_a_search_is_shown_with_the_settings_in_force_beside_the_best(tmp_path: Path) -> None:
    (tmp_path / "own_history").mkdir()
    found = {"model": "own_history", "trials": 12, "pruned": 4, "first": "1999-01", "last": "2009-12", "refit_years": 3}
    found |= {"seconds": 90.0, "seed": 0, "made_at": "2026-11-25", "code_commit": "abc", "data_vintage": "test.1"}
    found |= {"in_force": {"strength": 1.0}, "best": {"strength": 0.5}}
    found |= {"log_score_in_force": 0.0612, "log_score_best": 0.0611, "difference": -0.0001}
    found |= {"low": -0.0003, "high": 0.0001}
    (tmp_path / "own_history" / "recommended.json").write_text(json.dumps(found))
    text = "\n".join(search_section(tmp_path))
    assert "12 trials (4 pruned), origins 1999-01 to 2009-12" in text
    assert "0.06120 in force, 0.06110 best: -0.00010 (-0.00030, +0.00010)" in text
    assert "| in force | 1 |\n| best | 0.5 |" in text
