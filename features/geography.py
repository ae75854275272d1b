"""Spatial lags: sums over neighbours by distance-decay weights, and means over a region."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.geometry import great_circle_km

NEIGHBOUR_KM = 1500.0
SCALE_KM = 500.0
"""Weights fall by a factor e every 500 km, about the distance between capitals of bordering states."""

SPHERE_KM = 6371.0
"""Radius under the published weights: the mean radius, longer by 9 m, would move each of them in the last digit."""

Floats = npt.NDArray[np.float32]


def neighbour_weights(units: pd.DataFrame) -> Floats:
    """Return the distance-decay weights between capitals, shape (units, units), symmetric.

    exp(-km / 500) up to 1,500 km of great-circle distance, 0 beyond and on the diagonal.
    """
    return _weights(tuple(units["latitude"]), tuple(units["longitude"]))


@lru_cache(maxsize=8)
def _weights(latitudes: tuple[float, ...], longitudes: tuple[float, ...]) -> Floats:
    lat, lon = np.asarray(latitudes), np.asarray(longitudes)
    km = great_circle_km(lat[:, None], lon[:, None], lat[None, :], lon[None, :], SPHERE_KM)
    weights = np.where(km < NEIGHBOUR_KM, np.exp(-km / SCALE_KM), 0.0)
    np.fill_diagonal(weights, 0.0)
    return weights.astype(np.float32)


def weighted_neighbours(units: pd.DataFrame, values: Floats) -> Floats:
    """Return the spatial lag: the neighbours' values summed by weight, shape (units,).

    A neighbour with a missing value adds nothing. NaN where every neighbour's is missing; 0 for a capital without
    neighbours, unless the values of all units are missing.

    Args:
        units: `latitude` and `longitude` of each unit.
        values: Shape (units,); NaN is missing.
    """
    weights, known = neighbour_weights(units), np.isfinite(values)
    total = weights @ np.where(known, values, 0).astype(np.float32)
    alone = ~weights.any(axis=1) & known.any()
    return np.where(alone | (weights @ known.astype(np.float32) > 0), total, np.nan).astype(np.float32)


def region_mean(units: pd.DataFrame, values: Floats) -> Floats:
    """Return the mean over the other units of the same region, shape (units,); NaN where all of them are missing.

    Args:
        units: `region` of each unit.
        values: Shape (units,); NaN is missing.
    """
    region = pd.factorize(units["region"])[0]
    same = (region[:, None] == region[None, :]) & ~np.eye(len(units), dtype=bool)
    known = np.isfinite(values)
    count = (same & known[None, :]).sum(axis=1)
    total = same.astype(np.float32) @ np.where(known, values, 0).astype(np.float32)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
