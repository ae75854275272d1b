"""Drift statistics: population stability index and Kolmogorov-Smirnov, of every origin against all before it.

Population stability index: sum of (p - q) ln(p / q) over tenths of the values and the missing ones (Siddiqi 2006,
doi:10.1002/9781119201731). Kolmogorov-Smirnov statistic: largest distance of two distribution functions (Massey 1951,
doi:10.1080/01621459.1951.10500769), over known values, at those tenths. Capitals of one month are no independent
sample, so neither is turned into a p-value.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BINS = 10
REFERENCE_MONTHS = 120
"""Origins before it that an origin is compared with: the world of twenty years ago is no norm for the next year's."""
"""Bins of known values: tenths of all of them."""


def psi(before: Floats, now: Floats) -> Floats:
    """Return the population stability index of counts against earlier counts.

    Half a row is added to every bin (both samples scaled to the size of `now`), so that empty bins stay finite.

    Args:
        before: Counts by bin, shape (..., bins).
        now: Counts by bin, same shape.

    Returns:
        Shape (...), 0 for equal distributions.
    """
    scaled = before * now.sum(-1, keepdims=True) / np.maximum(before.sum(-1, keepdims=True), 1)
    p, q = ((c + 0.5) / (c + 0.5).sum(-1, keepdims=True) for c in (now, scaled))
    return np.asarray(((p - q) * np.log(p / q)).sum(-1))


def ks(before: Floats, now: Floats) -> Floats:
    """Return the Kolmogorov-Smirnov statistic of counts against earlier counts.

    Args:
        before: Counts by ordered bin, the last one of missing values, shape (..., bins).
        now: Counts by bin, same shape.

    Returns:
        Shape (...), in [0, 1]; missing values do not count.
    """
    with np.errstate(invalid="ignore"):
        p, q = (np.cumsum(c[..., :-1], -1) / c[..., :-1].sum(-1, keepdims=True) for c in (now, before))
    return np.asarray(np.nan_to_num(np.abs(p - q)).max(-1))


def counts_by_origin(values: Floats, place: Ints, origins: int) -> Floats:
    """Count values by origin and bin, the bins being tenths of all values.

    Args:
        values: Values, NaN where missing, shape (rows,).
        place: Position of each row's origin, shape (rows,).
        origins: Number of origins.

    Returns:
        Shape (origins, bins + 1), the last column of missing values.
    """
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.array([])
    bins = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
    width = len(edges) + 2
    return np.bincount(place * width + bins, minlength=origins * width).reshape(origins, width).astype(float)


def shifts_by_origin(values: Floats, place: Ints, origins: int) -> dict[str, Floats]:
    """Return the drift of every origin against the ten years of origins before it, or all where there are fewer.

    Args:
        values: Values, NaN where missing, shape (rows,).
        place: Position of each row's origin, shape (rows,).
        origins: Number of origins.

    Returns:
        `psi` and `ks`, each of shape (origins,), NaN at the first.
    """
    now = counts_by_origin(values, place, origins)
    before = np.cumsum(now, axis=0) - now
    before[REFERENCE_MONTHS:] -= before[:-REFERENCE_MONTHS].copy()
    return {"psi": _but_first(psi(before, now)), "ks": _but_first(ks(before, now))}


def _but_first(values: Floats) -> Floats:
    return np.concatenate([[np.nan], values[1:]])
