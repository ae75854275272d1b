"""Variants of a method: restricted in rows, years or features, and backtested on the same folds."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from data import calendar
from data.contracts.forecasts import PARTS, TARGETS
from data.progress import Progress
from data.settings import settings
from training.dataset.folds import Fold
from training.dataset.rows import LabelledRows
from training.dataset.target import MAX_HORIZON
from training.evaluation.backtest import Backtest, pool_prequentially
from training.models.base import Hazards
from training.models.registry import method

Bools = npt.NDArray[np.bool_]

STATE = frozenset(f"{part}_going_on" for part in PARTS)
"""Features that decide which targets are at risk; a forecast needs them even where its model does not see them."""


@dataclass(frozen=True)
class Variant:
    """A method with the rows it forecasts, and the rows, features and years that are withheld from its fit.

    Variants of one name forecast disjoint rows and are scored together.
    """

    name: str
    method: str
    forecasts: Bools
    withheld: Bools
    hidden: frozenset[str] = frozenset()
    years: int = 0
    """Number of years before the fit that it is fitted on; 0 for all."""


def unrestricted(name: str, rows: LabelledRows) -> Variant:
    """Return the variant that is fitted on every row and forecasts every row."""
    every = np.ones(len(rows.features), bool)
    return Variant(name, name, every, ~every)


def run_variants(
    rows: LabelledRows, folds: Sequence[Fold], variants: Sequence[Variant], progress: Progress = lambda *_: None
) -> Backtest:
    """Backtest variants: each is fitted once a fold, and variants of one name make one method of the backtest.

    A method with members is pooled as in the backtest: weights and recalibration from forecasts of earlier folds.

    Raises:
        ValueError: the variants of a name leave a row without a forecast.
    """
    evaluated = np.isin(rows.origin_index, [calendar.month_index(o) for fold in folds for o in fold.origins])
    hazards: dict[str, dict[str, Hazards]] = {variant.name: {} for variant in variants}
    methods = {variant.name: variant.method for variant in variants}
    jobs = [(fold, variant) for fold in folds for variant in variants]
    progress("refits", 0, len(jobs))
    with ThreadPoolExecutor(settings().threads) as pool, threadpool_limits(1, "blas"):
        running = {pool.submit(_fit_and_forecast, rows, fold, variant): variant.name for fold, variant in jobs}
        for done, future in enumerate(as_completed(running), 1):
            here, by_part = future.result()
            for part, by_target in by_part.items():
                table = hazards[running[future]].setdefault(part, _unknown(int(evaluated.sum())))
                for target in TARGETS:
                    table[target][here[evaluated]] = by_target[target]
            progress("refits", done, len(jobs))
    scored = rows.take(evaluated)
    by_name: dict[str, Hazards] = {}
    for name, parts in hazards.items():
        if name not in parts or any(np.isnan(h).any() for h in parts[name].values()):
            raise ValueError(
                f"the variants called {name!r} do not forecast every row: their `forecasts` must cover all"
            )
        tested = Backtest(scored, parts, tuple(folds))
        by_name[name] = (
            pool_prequentially(tested, methods[name]) if method(methods[name]).member_methods else parts[name]
        )
    return Backtest(scored, by_name, tuple(folds))


def _unknown(rows: int) -> Hazards:
    return {target: np.full((rows, MAX_HORIZON), np.nan) for target in TARGETS}


def _fit_and_forecast(rows: LabelledRows, fold: Fold, variant: Variant) -> tuple[Bools, dict[str, Hazards]]:
    """Return a mask of the forecast rows, and their hazards by the names of the variant and of its members."""
    here = variant.forecasts & np.isin(rows.origin_index, [calendar.month_index(o) for o in fold.origins])
    if not here.any():
        return here, {}
    fitted = ~variant.withheld
    if variant.years:
        fitted &= rows.origin_index >= calendar.month_index(fold.fitted_at) - 12 * variant.years
    known = hide_features(rows.take(fitted).known_at(fold.labels_until), variant.hidden)
    model = method(variant.method)().fit(known, fold.labels_until)
    features = hide_features(rows.take(here), variant.hidden - STATE).features
    return here, {variant.name: model.hazards(features)} | {
        n: part.hazards(features) for n, part in model.members.items()
    }


def hide_features(rows: LabelledRows, names: Iterable[str]) -> LabelledRows:
    """Return rows in which some features are missing everywhere; `rows.usable_features` then drops them from a fit."""
    return replace(rows, features=rows.features.assign(**dict.fromkeys(names, np.float32(np.nan))))
