"""Standardisation of features for smooth models: centred, scaled, compressed by arcsinh, missing values imputed by the mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
import pandas as pd

from features.base import Unit
from features.build import features_by_name
from training.models.base import Floats, select


@dataclass(frozen=True)
class Scaling:
    """Mean and standard deviation of features on training rows.

    Attributes:
        names: Features in the order of the columns.
        centre: Means, shape (names,).
        scale: Standard deviations, shape (names,).
    """

    names: list[str]
    centre: Floats
    scale: Floats

    @classmethod
    def of(cls, features: pd.DataFrame, names: list[str]) -> Self:
        """Estimate centre and scale on training rows, of those features through which a smooth curve has a meaning."""
        declared = features_by_name()
        used = [name for name in names if declared[name].smooth]
        values = _values(features, used)
        centre, scale = np.zeros(len(used)), np.ones(len(used))
        known = np.isfinite(values).any(axis=0)
        centre[known] = np.nanmean(values[:, known], axis=0)
        scale[known] = np.maximum(np.nanstd(values[:, known], axis=0), 1e-6)
        return cls(used, centre, scale)

    def __call__(self, features: pd.DataFrame) -> Floats:
        """Return arcsinh((value - centre) / scale), shape (rows, names); a missing value is 0, the average.

        The arcsinh compresses extremes, so that no record value dominates a forecast (Burbidge et al. 1988,
        doi:10.1080/01621459.1988.10478575).
        """
        values = _values(features, self.names)
        return np.arcsinh(np.nan_to_num((values - self.centre) / self.scale))

    def stored(self) -> dict[str, object]:
        """Return its content as JSON takes it."""
        return {"names": self.names, "centre": self.centre, "scale": self.scale}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Return the scaling from its content in JSON."""
        return cls(stored["names"], np.array(stored["centre"]), np.array(stored["scale"]))


def _values(features: pd.DataFrame, names: list[str]) -> Floats:
    """Return columns as floats, shape (rows, names), infinite as NaN; ln(1 + x) of months since an event."""
    values = select(features, names).astype(float)
    values = np.where(np.isfinite(values), values, np.nan)
    since = _since(tuple(names))
    values[:, since] = np.log1p(values[:, since])
    return values


@cache
def _since(names: tuple[str, ...]) -> list[int]:
    declared = features_by_name()
    return [i for i, name in enumerate(names) if declared[name].unit is Unit.MONTHS_SINCE]
