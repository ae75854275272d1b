"""A retraining from panel to fitted champion: features, backtest, scores, and fits at the newest two origins."""

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from data import calendar
from data.panel import Panel
from data.reference_tables import EPISODES_V1, read_episodes
from data.settings import settings
from features.build import build
from training.backtest import Backtest, run_backtest
from training.differences import against_references, difference_table
from training.folds import FIRST_BACKTEST_ORIGIN, FIRST_TRAINING_ORIGIN, LABEL_LAG_MONTHS, rolling_folds
from training.intervals import Spread, refitted, stack_fit
from training.models.base import HazardModel
from training.models.registry import CHAMPION
from training.models.stack import Stack
from training.rows import Rows, make_rows
from training.skill import skill_table
from training.target import Outcomes, outcomes

BASELINES = ("climatology", "own_history", "logistic")
Progress = Callable[[str, int, int], None]


@dataclass
class Clock:
    """Seconds spent by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage."""
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


def all_rows(
    panel: Panel,
    first: pd.Timestamp = FIRST_TRAINING_ORIGIN,
    progress: Progress = lambda *_: None,
    last: pd.Timestamp | None = None,
) -> Rows:
    """Build the features of every origin from `first` to `last`, by default the newest, and attach what followed."""
    return make_rows(panel, all_features(panel, first, progress, last), outcomes(panel))


def all_features(
    panel: Panel,
    first: pd.Timestamp = FIRST_TRAINING_ORIGIN,
    progress: Progress = lambda *_: None,
    last: pd.Timestamp | None = None,
    before: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Build the features of those origins; those of `before`, built from the same data, are taken as they are."""
    there = set() if before is None else set(before["origin"])
    origins = [o for o in calendar.month_range(first, last or calendar.month_at(panel.last)) if o not in there]

    def counted() -> Iterator[pd.Timestamp]:
        for done, origin in enumerate(origins):
            if done % 12 == 0:
                progress(f"features {origin:%Y}", done, len(origins))
            yield origin
        progress("features", len(origins), len(origins))

    parts = [part for part in (before, build(panel, counted()) if origins else None) if part is not None]
    return pd.concat(parts, ignore_index=True).sort_values("origin", kind="stable", ignore_index=True)


def truths(panel: Panel) -> dict[str, dict[str, Outcomes]]:
    """Return the outcomes by version of the catalogue: the frozen first one, and the one in use."""
    frozen = panel.with_episodes(read_episodes(EPISODES_V1))
    return {"version_1": outcomes(frozen), "current": outcomes(panel)}


@dataclass(frozen=True)
class Fitted:
    """The champion fitted at the newest origin and at the one before."""

    newest: HazardModel
    previous: HazardModel


def fit_champion(panel: Panel, rows: Rows, tested: Backtest) -> Fitted:
    """Fit the champion as a retraining at the newest origin does, and as last month's did; the backtest weighs its members.

    Months that the catalogue has not reached are no labels: what no rule finds in them need not have been calm.
    """

    def fitted(until: int) -> Stack:
        stack = Stack().fit(rows.known_at(until), until).weigh(tested.hazards, tested.rows, until)
        return stack.levelled(stack.ledgers(tested.hazards, tested.rows), until)

    at = [min(panel.last - back - LABEL_LAG_MONTHS, panel.reached) for back in (0, 1)]
    with ThreadPoolExecutor(settings().threads) as pool, threadpool_limits(1, "blas"):
        newest, previous = pool.map(fitted, at)
    return Fitted(newest, previous)


def fit_intervals(panel: Panel, rows: Rows, tested: Backtest, progress: Progress = lambda *_: None) -> Spread:
    """Return how far refits of the champion at the newest origin spread, for every row of that origin."""
    until = min(panel.last - LABEL_LAG_MONTHS, panel.reached)
    fit = stack_fit(rows, tested.rows, tested.hazards, until, panel.iso3)
    newest = rows.features[rows.origin_index == panel.last]
    return refitted(fit, newest, len(panel.iso3), settings().interval_refits, progress)


def backtest(
    rows: Rows,
    last: pd.Timestamp,
    first: pd.Timestamp = FIRST_BACKTEST_ORIGIN,
    names: Sequence[str] = (*BASELINES, CHAMPION),
    progress: Progress = lambda *_: None,
    parts: Path | None = None,
) -> Backtest:
    """Run the rolling-origin backtest of the named methods; finished folds are kept in `parts` and taken from there."""
    return run_backtest(rows, rolling_folds(first, last), names, progress, parts)


@dataclass(frozen=True)
class Scored:
    """Every method's scores, and its differences to the references, on both versions of the catalogue."""

    skill: pd.DataFrame
    differences: pd.DataFrame


def scored(panel: Panel, tested: Backtest) -> Scored:
    """Judge a backtest."""
    judged_by = truths(panel)
    pairs = against_references(tested.hazards)
    return Scored(skill_table(panel, tested, judged_by), difference_table(panel, tested, judged_by, pairs))


def peak_memory_mb() -> float:
    """Return the most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
