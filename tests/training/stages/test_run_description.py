"""What a reviewer reads first: the verdict and why, then how good, then what to look at."""

from pathlib import Path

import pandas as pd
import pytest

from training.models.registry import CHAMPION
from training.monitoring import drift, track_record
from training.publication.model_bundle import ModelBundle, read_bundle, write_bundle
from training.stages import run_description

ORIGIN = pd.Timestamp("2026-10-01")
DECISION = {
    "promoted": False,
    "outcome": "kept",
    "against": "3",
    "reason": "failed: log score",
    "checks": [
        {"name": "curves", "passed": True, "warning": False, "found": "rise", "bound": "rise with the horizon"},
        {
            "name": "log score",
            "passed": False,
            "warning": False,
            "found": "+0.00100",
            "bound": "better at one-sided 90%",
        },
    ],
}


@pytest.fixture
def bundle(tmp_path: Path) -> ModelBundle:
    forecasts = pd.DataFrame(
        {
            "origin": ORIGIN,
            "iso3": "MLI",
            "target": "disruption",
            "horizon": range(1, 13),
            "risk": 0.1,
            "flags": "stale:rings",
        }
    )
    skill = [
        ("version_1", model, "disruption", h, "all", metric, value)
        for h in (1, 3, 6, 12)
        for model, metric, value in (
            (CHAMPION, "auroc", 0.821),
            (CHAMPION, "average_precision", 0.12),
            (CHAMPION, "brier_skill_vs_climatology", 0.05),
            ("own_history", "auroc", 0.77),
            ("own_history", "average_precision", 0.1),
        )
    ]
    apart = [
        ("version_1", CHAMPION, "own_history", "disruption", h, "all", "log_score", -0.006, -0.009, -0.003)
        for h in (1, 3, 6, 12)
    ]
    tables = {
        "forecasts": forecasts,
        "drivers": pd.DataFrame({"iso3": ["MLI"]}),
        "skill": pd.DataFrame(skill, columns=["episodes", "model", "target", "horizon", "window", "metric", "value"]),
        "differences": pd.DataFrame(
            apart,
            columns=["episodes", "model", "reference", "target", "horizon", "window", "metric", "value", "low", "high"],
        ),
        "drift": pd.DataFrame([("inputs: fighting", "psi", 0.16, 0.382, 0.1, True, "2026-10")], columns=drift.COLUMNS),
        "track_record": pd.DataFrame(columns=track_record.COLUMNS),
    }
    for part in ("model", "figures", "bundle"):
        (tmp_path / part).mkdir()
    about = {"origin": "2026-10", "data_vintage": "2026-05.abc"}
    write_bundle(tmp_path / "bundle", tmp_path / "model", tables, tmp_path / "figures", about, "# Card\n")
    return read_bundle(tmp_path / "bundle")


def test_the_verdict_comes_first_with_the_checks_that_failed_on_top(bundle: ModelBundle) -> None:
    lines = run_description.summary(bundle, DECISION).splitlines()
    assert lines[0] == "**Kept the champion**, against version 3: failed: log score."
    assert lines[4] == "| log score | **no** | +0.00100 | better at one-sided 90% |"
    first = run_description.summary(
        bundle,
        DECISION | {"promoted": True, "outcome": "promoted", "against": "", "reason": "there was no champion yet"},
    )
    assert first.startswith("**Promoted**, with nobody to compare with: there was no champion yet.")
    assert run_description.summary(bundle).startswith("**Not decided yet**")


def test_a_promotion_with_warnings_says_so_with_the_bound_that_was_missed(bundle: ModelBundle) -> None:
    warned = {
        "name": "calibration since_2020",
        "passed": True,
        "warning": True,
        "found": "0.780",
        "bound": "0.8 to 1.25",
    }
    decision = {"outcome": "promoted_with_warnings", "promoted": True, "against": "3", "reason": "every check passed"}
    lines = run_description.summary(bundle, decision | {"checks": [*DECISION["checks"][:1], warned]}).splitlines()
    assert lines[0] == "**Promoted with warnings**, against version 3: every check passed."
    assert lines[4] == "| calibration since_2020 | **with a warning** | 0.780 | 0.8 to 1.25 |"
    assert lines[5].startswith("| curves | yes |")


def test_scores_drift_feeds_and_the_figures_to_open_follow(bundle: ModelBundle) -> None:
    note = run_description.summary(bundle, DECISION)
    assert "| 6 | 0.821 (0.770) | 0.120 (0.100) | 0.050 | -0.0060 (-0.0090 to -0.0030) |" in note
    assert (
        "- Drift: inputs: fighting psi 0.38 above 0.10 in 2026-10: look for a feed that changed with `chokepoint sources`"
        in note
    )
    assert "- Feeds late or missing at the newest origin: stale:rings (1 capitals)." in note
    assert "- Published forecasts: no window of six months has closed since the first live forecast." in note
    assert note.index("`what_changed.png`") < note.index("`drift.png`")
    assert len(note) < 5000


def test_tables_a_reviewer_reads_are_csv_too(bundle: ModelBundle) -> None:
    tables = {path.name for path in (bundle.folder / "tables").iterdir()}
    assert {"drift.csv", "track_record.csv"} <= tables
    assert "forecasts.csv" not in tables
    first = (bundle.folder / "tables" / "drift.csv").read_text().splitlines()[1]
    assert first == "inputs: fighting,psi,0.16,0.382,0.1,True,2026-10"
