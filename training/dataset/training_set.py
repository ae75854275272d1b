"""Features and outcomes of every origin of a panel."""

from collections.abc import Iterator

import pandas as pd

from data import calendar
from data.panel.panel import Panel
from data.progress import Progress
from data.reference_tables import EPISODES_V1, read_episodes
from features.build import build
from training.dataset.folds import FIRST_TRAINING_ORIGIN
from training.dataset.rows import LabelledRows, label_rows
from training.dataset.target import Outcomes, outcomes


def labelled_rows(
    panel: Panel,
    first: pd.Timestamp = FIRST_TRAINING_ORIGIN,
    progress: Progress = lambda *_: None,
    last: pd.Timestamp | None = None,
) -> LabelledRows:
    """Build the labelled rows of every origin from `first` to `last`, by default the newest."""
    return label_rows(panel, all_features(panel, first, progress, last), outcomes(panel))


def all_features(
    panel: Panel,
    first: pd.Timestamp = FIRST_TRAINING_ORIGIN,
    progress: Progress = lambda *_: None,
    last: pd.Timestamp | None = None,
    before: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Build the features of every origin from `first` to `last`, by default the newest.

    Args:
        panel: Panel to build from.
        first: First origin.
        progress: Called with the year being built, origins done and origins in all.
        last: Last origin.
        before: Features already built from the same data, reused as they are.

    Returns:
        One row per unit and origin, ordered by origin.
    """
    built = set() if before is None else set(before["origin"])
    origins = [o for o in calendar.month_range(first, last or calendar.month_at(panel.last)) if o not in built]

    def reported() -> Iterator[pd.Timestamp]:
        for done, origin in enumerate(origins):
            if done % 12 == 0:
                progress(f"features {origin:%Y}", done, len(origins))
            yield origin
        progress("features", len(origins), len(origins))

    parts = [part for part in (before, build(panel, reported()) if origins else None) if part is not None]
    return pd.concat(parts, ignore_index=True).sort_values("origin", kind="stable", ignore_index=True)


def outcomes_by_catalogue(panel: Panel) -> dict[str, dict[str, Outcomes]]:
    """Return the outcomes of every target by version of the catalogue: the frozen first one, and the current one."""
    frozen = panel.with_episodes(read_episodes(EPISODES_V1))
    return {"version_1": outcomes(frozen), "current": outcomes(panel)}
