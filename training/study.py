"""Refits of one method on less than everything: variants that differ in what they may learn from, on the same folds."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from data import calendar
from data.contracts import PARTS, TARGETS
from data.settings import settings
from training.backtest import Backtest
from training.folds import Fold
from training.models.base import Hazards
from training.models.registry import method
from training.rows import Rows
from training.target import MAX_HORIZON

Bools = npt.NDArray[np.bool_]
Progress = Callable[[str, int, int], None]

STATE = frozenset(f"{part}_going_on" for part in PARTS)
"""Features that also say which targets are at risk at all; a forecast needs them whatever its model was fitted on."""


@dataclass(frozen=True)
class Variant:
    """A method, the rows it is not fitted on, the features it does not see, and the rows it then forecasts.

    Variants of one name forecast disjoint rows and are judged together.
    """

    name: str
    method: str
    forecasts: Bools
    withheld: Bools
    hidden: frozenset[str] = frozenset()


def whole(name: str, rows: Rows) -> Variant:
    """Return a method as it is: fitted on every row, and forecasting every row."""
    every = np.ones(len(rows.features), bool)
    return Variant(name, name, every, ~every)


def run_variants(
    rows: Rows, folds: Sequence[Fold], variants: Sequence[Variant], progress: Progress = lambda *_: None
) -> Backtest:
    """Fit every variant once a fold and return their forecasts as one backtest, a method for each name.

    Raises ValueError where the variants of a name leave a row without a forecast.
    """
    evaluated = np.isin(rows.origin_index, [calendar.month_index(o) for fold in folds for o in fold.origins])
    hazards: dict[str, Hazards] = {
        name: {target: np.full((len(evaluated), MAX_HORIZON), np.nan) for target in TARGETS}
        for name in dict.fromkeys(variant.name for variant in variants)
    }
    jobs = [(fold, variant) for fold in folds for variant in variants]
    progress("refits", 0, len(jobs))
    with ThreadPoolExecutor(settings().threads) as pool, threadpool_limits(1, "blas"):
        running = {pool.submit(_forecast, rows, fold, variant): variant.name for fold, variant in jobs}
        for done, future in enumerate(as_completed(running), 1):
            here, made = future.result()
            for target in TARGETS if here.any() else ():
                hazards[running[future]][target][here] = made[target]
            progress("refits", done, len(jobs))
    kept = {name: {t: h[evaluated] for t, h in by_target.items()} for name, by_target in hazards.items()}
    for name, by_target in kept.items():
        if any(np.isnan(h).any() for h in by_target.values()):
            raise ValueError(
                f"the variants called {name!r} do not forecast every row: their `forecasts` must cover all"
            )
    return Backtest(rows.take(evaluated), kept, tuple(folds))


def _forecast(rows: Rows, fold: Fold, variant: Variant) -> tuple[Bools, Hazards]:
    here = variant.forecasts & np.isin(rows.origin_index, [calendar.month_index(o) for o in fold.origins])
    if not here.any():
        return here, {}
    known = hide(rows.take(~variant.withheld).known_at(fold.labels_until), variant.hidden)
    model = method(variant.method)().fit(known, fold.labels_until)
    return here, model.hazards(hide(rows.take(here), variant.hidden - STATE).features)


def hide(rows: Rows, names: Iterable[str]) -> Rows:
    """Return rows in which some features are unknown everywhere; `rows.usable_features` then drops them from a fit."""
    return replace(rows, features=rows.features.assign(**dict.fromkeys(names, np.float32(np.nan))))
