"""How far a risk would move if the past were drawn anew: 90 % intervals from refits on redrawn capitals.

A refit sees capitals drawn with replacement, each with all its months and with them its episodes, because the months of
a capital share one fate (cluster bootstrap: Field & Welsh 2007, doi:10.1111/j.1467-9868.2007.00593.x). The members are
fitted anew, and the pool's level is learned anew from the same draw of the past out-of-fold forecasts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from data.contracts.forecasts import TARGETS
from data.settings import settings
from training.dataset.rows import LabelledRows
from training.models.base import Floats, HazardModel, Hazards
from training.models.recalibration import count_onsets, recalibration_factors

NORMAL = 1.6449
"""90 % of a normal lie within so many standard deviations."""
WIDENED = {"disruption": 1.90, "fighting": 2.19, "strangulation": 2.32, "seizure": 1.86}
"""Factors by which intervals are widened, from `benchmarks/coverage.py`: refits spread, but all are drawn the same way towards the mean."""

Times = npt.NDArray[np.int64]
Spread = dict[str, Floats]
"""By target, one number a row: the standard deviation between refits of ln(-ln(1 - risk))."""


def redraw(rows: LabelledRows, times: Times, capitals: Sequence[str]) -> LabelledRows:
    """Return rows in which each capital stands as often as it was drawn, in the order of the rows."""
    return rows.take(_places(rows, times, capitals))


def refitted(
    fit: Callable[[Times], HazardModel],
    features: pd.DataFrame,
    capitals: int,
    count: int,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Spread:
    """Fit on `count` draws, each told as how often a capital was drawn, and return the spread of the rows' risks."""

    def once(seed: int) -> Hazards:
        times = np.random.default_rng(seed).multinomial(capitals, np.full(capitals, 1 / capitals))
        return fit(times).hazards(features)

    made = []
    with ThreadPoolExecutor(settings().threads) as pool, threadpool_limits(1, "blas"):
        for hazards in pool.map(once, range(count)):
            made.append(hazards)
            progress("intervals", len(made), count)
    return spread(made)


def fit_on_draws(
    model: HazardModel,
    rows: LabelledRows,
    past: LabelledRows,
    hazards: Mapping[str, Hazards],
    labels_until: int,
    capitals: Sequence[str],
) -> Callable[[Times], HazardModel]:
    """Return the function that fits a model on one draw of capitals, recalibrated on the same draw of its past forecasts.

    Weights of pools are estimated once, on all capitals: their prior outweighs a draw.

    Args:
        model: The method, not yet fitted.
        rows: Labelled rows to fit on.
        past: Rows of the backtest, with their outcomes.
        hazards: Method -> target -> out-of-fold hazards of `past`, shape (rows, 12).
        labels_until: Index of the last month whose outcomes count as published.
        capitals: ISO3 codes in the order of the draws' counts.
    """
    pooled, known = model.fit_pools(hazards, past, labels_until), rows.known_at(labels_until)
    expected = pooled.hazards_from(hazards, past.features)

    def fit(times: Times) -> HazardModel:
        place = _places(past, times, capitals)
        counts = count_onsets({t: expected[t][place] for t in TARGETS}, past.take(place))
        # Draws are fitted side by side, and a method may keep what it fits in containers of its own.
        again = deepcopy(pooled.recalibrated(recalibration_factors(counts, labels_until)))
        return again.fit(redraw(known, times, capitals), labels_until)

    return fit


def spread(refits: Iterable[Hazards]) -> Spread:
    """Return the root mean square over the horizons of the standard deviation between refits."""
    logs = [{t: np.log(_cumulative(made[t])) for t in TARGETS} for made in refits]
    return {t: np.sqrt(np.var([each[t] for each in logs], axis=0, ddof=1).mean(axis=1)) for t in TARGETS}


def bounds(hazard: Floats, spread_of_rows: Floats, widened: float) -> tuple[Floats, Floats]:
    """Return the ends of the risks' intervals, shape (rows, 12).

    One spread moves a row's whole curve: both ends rise with the horizon, and the risk lies between them.
    """
    reach = np.exp(widened * NORMAL * spread_of_rows)[:, None]
    whole = _cumulative(hazard)
    return -np.expm1(-whole / reach), -np.expm1(-whole * reach)


def _cumulative(hazard: Floats) -> Floats:
    """Return -ln(1 - risk) by horizon."""
    return np.asarray(np.cumsum(-np.log1p(-hazard), axis=1))


def _places(rows: LabelledRows, times: Times, capitals: Sequence[str]) -> Times:
    number = pd.Index(capitals).get_indexer(rows.features["iso3"])
    return np.repeat(np.arange(len(number)), times[number])
