"""The record of a pending promotion on disk: its keys are those of every release, so that any of them resumes it."""

import json
from pathlib import Path

from training.publication import promotion
from training.tracking.records import RegisteredVersion

VERSION = {"name": "capital-disruption", "version": "2", "run_id": "run2"}
CONTENT = {
    "identity": "abc",
    "issue": "2026-10-v2-abc",
    "held": "1",
    "champion": VERSION,
    "candidate": None,
    "tagged": VERSION,
    "tags": {"outcome": "promoted"},
    "line": {"by": "retrain"},
    "name": "retrain 2026-10 promoted",
    "note": "**Promoted**",
}


def test_a_promotion_that_another_release_left_is_pending_with_all_its_parts(home: Path) -> None:
    home.mkdir()
    (home / "change.json").write_text(json.dumps(CONTENT))
    version = RegisteredVersion(**VERSION)
    assert promotion.pending() == promotion.Promotion(
        decision_id="abc",
        publication_id="2026-10-v2-abc",
        previous_champion="1",
        champion=version,
        challenger=None,
        tagged=version,
        tags={"outcome": "promoted"},
        log_entry={"by": "retrain"},
        run_name="retrain 2026-10 promoted",
        run_description="**Promoted**",
    )


def test_nothing_is_pending_in_a_new_home_folder(home: Path) -> None:
    assert promotion.pending() is None
