"""Features as a smooth model wants them: centred, scaled, compressed, the unknown in the middle."""

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
    """Names of the features in order, and what is subtracted and divided by."""

    names: list[str]
    centre: Floats
    scale: Floats

    @classmethod
    def of(cls, features: pd.DataFrame, names: list[str]) -> Self:
        """Measure centre and scale on training rows; features that only describe the data are left out."""
        declared = features_by_name()
        used = [name for name in names if declared[name].smooth]
        values = _values(features, used)
        centre, scale = np.zeros(len(used)), np.ones(len(used))
        known = np.isfinite(values).any(axis=0)
        centre[known] = np.nanmean(values[:, known], axis=0)
        scale[known] = np.maximum(np.nanstd(values[:, known], axis=0), 1e-6)
        return cls(used, centre, scale)

    def __call__(self, features: pd.DataFrame) -> Floats:
        """Return standardised values, shape (rows, names): compressed, as a record value must not carry a forecast.

        What is unknown counts as average.
        """
        values = _values(features, self.names)
        return np.arcsinh(np.nan_to_num((values - self.centre) / self.scale))

    def stored(self) -> dict[str, object]:
        """Return what a JSON file keeps."""
        return {"names": self.names, "centre": self.centre, "scale": self.scale}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `stored` gave."""
        return cls(stored["names"], np.array(stored["centre"]), np.array(stored["scale"]))


def _values(features: pd.DataFrame, names: list[str]) -> Floats:
    """Return the columns as floats, unknown as NaN; a month matters less the longer ago something last happened."""
    values = select(features, names).astype(float)
    values = np.where(np.isfinite(values), values, np.nan)
    since = _since(tuple(names))
    values[:, since] = np.log1p(values[:, since])
    return values


@cache
def _since(names: tuple[str, ...]) -> list[int]:
    declared = features_by_name()
    return [i for i, name in enumerate(names) if declared[name].unit is Unit.MONTHS_SINCE]
