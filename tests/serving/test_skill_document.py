"""docs/skill.md: whole tables, honest about what was not run."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from serving.publication import Publication, read_publication
from serving.skill_document import differences_table, document, figure_files, scores_table

COLUMNS = ["episodes", "model", "reference", "target", "horizon", "window", "metric", "value", "low", "high"]


@pytest.fixture
def published(home: Path) -> Publication:
    return read_publication(home / "published")


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
    line = next(line for line in scores_table(rows).splitlines() if line.startswith("| stack | 6"))
    assert line.startswith("| stack | 6 | 1482 | 0.8000 |  |")


def test_the_document_shows_the_publication_and_says_which_study_was_not_run(
    published: Publication, tmp_path: Path
) -> None:
    whole = replace(published, differences=TABLE)
    text = document(whole, tmp_path, "Made today.")
    assert "Made today." in text
    assert text.count("Not run on this data") == 2
    assert "`chokepoint study leave-out` does it" in text
    assert "| stack | own_history | all | 6 |" in text
    assert "| stack | climatology |" not in text
    assert "### disruption, origins 1999-12 to 2024-11, catalogue version 1" in text
    assert "| own_history | 6 |  | 0.7700 |" in text


def test_a_study_that_was_run_is_shown_with_its_figure(published: Publication, tmp_path: Path) -> None:
    (tmp_path / "ablation").mkdir()
    about = {"first": "2000-01", "last": "2024-11", "refit_years": 3, "refits": 90, "seconds": 600.0}
    about |= {"made_at": "2026-11-24", "code_commit": "abc", "data_vintage": "test.1"}
    (tmp_path / "ablation" / "about.json").write_text(json.dumps(about))
    table = TABLE.assign(reference="stack without coups")
    table.to_parquet(tmp_path / "ablation" / "differences.parquet")
    text = document(published, tmp_path, "Made today.")
    assert text.count("Not run on this data") == 1
    assert "refitted every 3 years (90 refits, 600 s)" in text
    assert "| stack | stack without coups | all | 6 | **-0.0200" in text
    assert (
        figure_files(published, tmp_path)["ablation_log_score_h06.png"] == tmp_path / "ablation" / "log_score_h06.png"
    )
