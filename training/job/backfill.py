"""Backfill: past months retrained, decided and published as of then, one after the other.

Each is a retraining (training/job/retrain.py) on the panel truncated to its month (data/panel/truncate.py). Features and
folds of the backtest that have not changed since the month before come from the cache (training/stages/cache.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import pandas as pd

from data import calendar
from data.panel import panel as panels
from data.progress import Progress
from data.settings import settings
from training.dataset.folds import SCORED_TO
from training.job.options import Options
from training.job.outcome import Outcome
from training.job.retrain import retrain
from training.publication import archive
from training.publication.publication import CURRENT, read_publication

FIRST_MONTH = calendar.month_at(calendar.month_index(SCORED_TO) + calendar.HORIZONS[-1])
"""The first month at which every scored window had closed: scores of earlier ones would be of other rows."""
CACHED_STAGES = ("features", "backtest")
"""Stages that take their full time in the first month only."""


@dataclass(frozen=True)
class BackfilledMonth:
    """One month of a backfill; `outcome` is None where it was published before. `left` estimates the remaining seconds."""

    origin: pd.Timestamp
    outcome: Outcome | None
    seconds: float
    left: float


def months_to_backfill(first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
    """Return the months of a span, both ends included.

    Raises:
        ValueError: the span is empty, or reaches outside the months that can be retrained as of then.
    """
    if last < first or first < FIRST_MONTH:
        raise ValueError(
            f"cannot backfill {first:%Y-%m}..{last:%Y-%m}: the first month has to be {FIRST_MONTH:%Y-%m} or later, when the "
            f"windows of the scored origins had closed, and not after the last"
        )
    newest = calendar.month_at(panels.load().last)
    if last > newest:
        raise ValueError(f"cannot backfill {last:%Y-%m}: the panel reaches to {newest:%Y-%m}; end there")
    return calendar.month_range(first, last)


def backfill(months: list[pd.Timestamp], options: Options, progress: Progress) -> Iterator[BackfilledMonth]:
    """Retrain as of each month and yield its outcome; months published before are skipped, so a killed backfill resumes.

    Raises:
        ValueError: a later month is published in this home folder, so that its readers would go back in time.
    """
    published = _backfilled_origins()
    spent: list[dict[str, float]] = []
    for number, origin in enumerate(months, 1):
        if origin in published:
            yield BackfilledMonth(origin, None, 0.0, _seconds_left(spent, len(months) - number))
            continue
        _require_newest(origin)
        started = perf_counter()
        outcome = retrain(
            _prefixed(progress, f"{origin:%Y-%m} ({number}/{len(months)})"),
            replace(options, as_at=origin, ingest=False),
        )
        spent.append(outcome.seconds)
        yield BackfilledMonth(origin, outcome, perf_counter() - started, _seconds_left(spent, len(months) - number))


def _backfilled_origins() -> set[pd.Timestamp]:
    rows = archive.read(settings().home)
    return set(rows.loc[rows["backfilled"], "origin"]) if len(rows) else set()


def _require_newest(origin: pd.Timestamp) -> None:
    if (settings().published / CURRENT).exists():
        newest = read_publication(settings().published).origin
        if newest > origin:
            raise ValueError(
                f"cannot backfill {origin:%Y-%m}: {newest:%Y-%m} is published in {settings().home}, and readers would go back in "
                f"time; set CHOKEPOINT_HOME to another folder"
            )


def _seconds_left(spent: list[dict[str, float]], months_left: int) -> float:
    """Estimate the remaining seconds from the last month's, less the stages that are cached after the first month."""
    if not spent:
        return float("nan")
    repeated = {stage: s for stage, s in spent[-1].items() if len(spent) > 1 or stage not in CACHED_STAGES}
    return months_left * sum(repeated.values())


def _prefixed(progress: Progress, prefix: str) -> Progress:
    return lambda stage, done, total: progress(f"{prefix} {stage}", done, total)
