"""90 % intervals of risks from cluster-bootstrap refits over capitals.

A refit sees capitals drawn with replacement, each with all its months and episodes, because the months of a capital are
dependent (Field & Welsh 2007, doi:10.1111/j.1467-9868.2007.00593.x). The members are refitted, and the pools are recalibrated
on the same draw of the past out-of-fold forecasts.
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
from training.models.recalibration import count_onsets, fit_recalibrations

NORMAL = 1.6449
"""Standard deviations within which 90 % of a normal distribution lie."""
WIDENED = {"disruption": 1.90, "fighting": 2.19, "strangulation": 2.32, "seizure": 1.86}
"""Factors by which intervals are widened to their nominal coverage (`benchmarks/coverage.py`): refits share the shrinkage towards the mean."""

Times = npt.NDArray[np.int64]
Spread = dict[str, Floats]
"""Target -> standard deviation between refits of ln(-ln(1 - risk)), shape (rows,)."""


def redraw(rows: LabelledRows, times: Times, capitals: Sequence[str]) -> LabelledRows:
    """Return the rows of a draw: each capital's rows repeated `times` times, in the order of the rows."""
    return rows.take(_places(rows, times, capitals))


def refitted(
    fit: Callable[[Times], HazardModel],
    features: pd.DataFrame,
    capitals: int,
    count: int,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Spread:
    """Fit on bootstrap draws of capitals and return the spread of the rows' risks.

    Args:
        fit: Fits a model on a draw, given the multiplicity of each capital.
        features: Rows to forecast.
        capitals: Number of capitals.
        count: Number of refits.
        progress: Called with refits done and refits in all.

    Returns:
        Spread of each target.
    """

    def once(seed: int) -> Hazards:
        times = np.random.default_rng(seed).multinomial(capitals, np.full(capitals, 1 / capitals))
        return fit(times).hazards(features)

    refits = []
    with ThreadPoolExecutor(settings().threads) as pool, threadpool_limits(1, "blas"):
        for hazards in pool.map(once, range(count)):
            refits.append(hazards)
            progress("intervals", len(refits), count)
    return spread(refits)


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
        again = deepcopy(pooled.recalibrated(fit_recalibrations(counts, labels_until)))
        return again.fit(redraw(known, times, capitals), labels_until)

    return fit


def spread(refits: Iterable[Hazards]) -> Spread:
    """Return the root mean square, over horizons, of the standard deviation of ln(-ln(1 - risk)) between refits."""
    logs = [{t: np.log(_cumulative(hazards[t])) for t in TARGETS} for hazards in refits]
    return {t: np.sqrt(np.var([each[t] for each in logs], axis=0, ddof=1).mean(axis=1)) for t in TARGETS}


def bounds(hazard: Floats, spread_of_rows: Floats, widened: float) -> tuple[Floats, Floats]:
    """Return the lower and upper bounds of the risks.

    One spread shifts all horizons of a row, so that both bounds rise with the horizon and enclose the risk.

    Args:
        hazard: Hazards, shape (rows, 12).
        spread_of_rows: Spread of each row, shape (rows,).
        widened: Factor of `WIDENED`.

    Returns:
        Lower and upper bounds, each of shape (rows, 12).
    """
    reach = np.exp(widened * NORMAL * spread_of_rows)[:, None]
    intensity = _cumulative(hazard)
    return -np.expm1(-intensity / reach), -np.expm1(-intensity * reach)


def _cumulative(hazard: Floats) -> Floats:
    """Return -ln(1 - risk) by horizon."""
    return np.asarray(np.cumsum(-np.log1p(-hazard), axis=1))


def _places(rows: LabelledRows, times: Times, capitals: Sequence[str]) -> Times:
    number = pd.Index(capitals).get_indexer(rows.features["iso3"])
    return np.repeat(np.arange(len(number)), times[number])
