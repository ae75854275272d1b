"""Months gone by, each retrained, decided and published as it would have been at the time, one after the other.

Each is the main job (training/job/retrain.py) on the panel as it was then (data/panel/truncate.py). Features and the folds of the backtest are taken
from the month before wherever nothing in them has changed (training/job/cache.py), so that twelve months are not twelve backtests.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import pandas as pd

from data import calendar
from data.panel import panel as panels
from data.progress import Progress
from data.settings import settings
from training.dataset.folds import SCORED_TO
from training.job.retrain import Done, Options, retrain
from training.publication import archive
from training.publication.publication import CURRENT, read_publication

FIRST_MONTH = calendar.month_at(calendar.month_index(SCORED_TO) + calendar.HORIZONS[-1])
"""The first month at which every scored window had closed: scores of earlier ones would be of other rows."""
ONCE = ("features", "backtest")
"""Stages of which the first month does most for all of them."""


@dataclass(frozen=True)
class Month:
    """One month of a backfill; `done` is None where it was there already. `left` is the estimate in seconds of what remains."""

    origin: pd.Timestamp
    done: Done | None
    seconds: float
    left: float


def months(first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
    """Return the months asked for; raise ValueError where one cannot be made as it was then, or would go behind what is published."""
    if last < first or first < FIRST_MONTH:
        raise ValueError(
            f"cannot backfill {first:%Y-%m}..{last:%Y-%m}: the first month has to be {FIRST_MONTH:%Y-%m} or later, when the "
            f"windows of the scored origins had closed, and not after the last"
        )
    reached = calendar.month_at(panels.load().reached)
    if last > reached:
        raise ValueError(
            f"cannot backfill {last:%Y-%m}: the catalogue of episodes reaches to {reached:%Y-%m}; end there"
        )
    return calendar.month_range(first, last)


def backfill(wanted: list[pd.Timestamp], options: Options, progress: Progress) -> Iterator[Month]:
    """Do the job for each month and yield what it did; months that are there already are skipped, so it can be killed and run again."""
    there = _there()
    spent: list[dict[str, float]] = []
    for place, origin in enumerate(wanted):
        if origin in there:
            yield Month(origin, None, 0.0, _left(spent, len(wanted) - place - 1))
            continue
        _require_newest(origin)
        started = perf_counter()
        done = retrain(_named(progress, origin, place, len(wanted)), replace(options, as_at=origin, ingest=False))
        spent.append(done.seconds)
        yield Month(origin, done, perf_counter() - started, _left(spent, len(wanted) - place - 1))


def _there() -> set[pd.Timestamp]:
    rows = archive.read(settings().home)
    return set(rows.loc[rows["backfilled"], "origin"]) if len(rows) else set()


def _require_newest(origin: pd.Timestamp) -> None:
    """Refuse to publish behind what readers have: champion and publication would go back in time."""
    if (settings().published / CURRENT).exists():
        newest = read_publication(settings().published).origin
        if newest > origin:
            raise ValueError(
                f"cannot backfill {origin:%Y-%m}: {newest:%Y-%m} is published in {settings().home}, and readers would go back in "
                f"time; set CHOKEPOINT_HOME to another folder"
            )


def _left(spent: list[dict[str, float]], months_left: int) -> float:
    """Estimate the seconds of the months left: as the last one, without what the first did for all of them."""
    if not spent:
        return float("nan")
    again = {stage: seconds for stage, seconds in spent[-1].items() if len(spent) > 1 or stage not in ONCE}
    return months_left * sum(again.values())


def _named(progress: Progress, origin: pd.Timestamp, place: int, of: int) -> Callable[[str, int, int], None]:
    return lambda stage, done, total: progress(f"{origin:%Y-%m} ({place + 1}/{of}) {stage}", done, total)
