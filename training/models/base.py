"""Base class of the forecasting methods: discrete-time hazards by target and month ahead, coherent, saved without pickles."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.contracts.forecasts import PARTS
from features.build import feature_names
from training.dataset.rows import LabelledRows
from training.dataset.target import MAX_HORIZON

Floats = npt.NDArray[np.float64]
Hazards = dict[str, Floats]
GOING_ON = tuple(f"{part}_going_on" for part in PARTS)

LARGEST_HAZARD = 0.95
COLUMNS = pd.Index(feature_names())
"""Columns of a frame of features alone, from which `select` takes by position."""
COHERENCE_POWER = 4.0
"""How sharply a part's intensity bends away from that of disruption as it comes near; infinite would be a clip."""


@dataclass(frozen=True)
class Range:
    """The values a search may try for a setting, both ends included."""

    low: float
    high: float
    log: bool = False
    """Whether a step multiplies rather than adds."""
    whole: bool = False
    """Whether only whole numbers make sense."""


@dataclass(frozen=True)
class Recalibration:
    """A line on the scale of ln(intensity per month), which becomes intercept + slope x ln(intensity)."""

    intercept: float
    slope: float


class HazardModel(ABC):
    """A discrete-time hazard model: fitted on labelled rows, it gives hazards, shape (rows, 12), for each target."""

    name: ClassVar[str]
    title: ClassVar[str]
    """Its name in tables and figures."""
    searched: ClassVar[Mapping[str, Range]] = {}
    """Settings a search may change, by name; the class has the values in force as attributes."""
    member_methods: ClassVar[tuple[type["HazardModel"], ...]] = ()
    """Methods whose forecasts it pools. One that has any estimates its pools from their out-of-fold forecasts (`fit_pools`)."""

    def chosen(self) -> dict[str, float]:
        """Return the settings a search may change, as this instance has them."""
        return {name: getattr(self, name) for name in self.searched}

    def with_settings(self, given: Mapping[str, float]) -> Self:
        """Change settings of this instance before it is fitted, and return it.

        Raises:
            ValueError: a setting is not one of `searched`.
        """
        if unknown := sorted(set(given) - set(self.searched)):
            raise ValueError(
                f"{self.name} has no setting {', '.join(unknown)}: choose from {', '.join(self.searched) or 'none'}"
            )
        for name, value in given.items():
            setattr(self, name, value)
        return self

    @property
    def members(self) -> "dict[str, HazardModel]":
        """Return the fitted members by name; empty for a method that pools none."""
        return {}

    @abstractmethod
    def fit(self, rows: LabelledRows, labels_until: int) -> Self:
        """Fit on labelled rows.

        Args:
            rows: Features and outcomes of origins before the fit.
            labels_until: Index of the last month whose outcomes count as published (the embargo).
        """

    @abstractmethod
    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        """Return hazards by target, shape (rows, 12), before they are made coherent."""

    def fit_pools(self, past: Mapping[str, Hazards], rows: LabelledRows, labels_until: int) -> Self:
        """Estimate what the method learns from forecasts of its members; one without members learns nothing from them.

        Args:
            past: Method -> target -> out-of-fold hazards, shape (rows, 12): by fits that had not seen the outcomes.
            rows: The rows forecast, with their outcomes.
            labels_until: Index of the last month whose outcomes count as published.
        """
        del past, rows, labels_until
        return self

    def recalibrated(self, lines: Mapping[str, Recalibration]) -> Self:
        """Return the model with each target's ln(intensity) put on its line; as it is where it pools no members."""
        del lines
        return self

    def hazards_from(self, past: Mapping[str, Hazards], features: pd.DataFrame) -> Hazards:
        """Return its coherent hazards of rows already forecast: pooled from its members', or its own out of `past`.

        Args:
            past: Method -> target -> hazards, shape (rows, 12).
            features: Features of the rows.
        """
        del features
        return past[self.name]

    def contributions(self, features: pd.DataFrame, target: str, month_ahead: int) -> pd.DataFrame:
        """Return additive contributions of the features to ln(intensity) of one month's raw hazard, and their `base`.

        Intensity is -ln(1 - hazard). Each row of the result sums to its ln(intensity); `base` is that of an average row.

        Args:
            features: Rows to explain.
            target: Name of the target.
            month_ahead: Month of the raw hazard, 1..12.

        Returns:
            Shape (rows, features + 1): a column for each feature, and `base`.

        Raises:
            TypeError: the method has no additive contributions.
        """
        del features, month_ahead
        raise TypeError(f"{self.name} does not explain {target}; ask the champion or one of its members")

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write native files (JSON, UBJ) to an existing empty folder."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""

    def hazards(self, features: pd.DataFrame) -> Hazards:
        """Return coherent hazards by target, shape (rows, 12): no part lies above disruption in any month.

        Where an episode is going on disruption has no onset risk, and the other targets' hazards stay as they are.
        """
        return coherent_where_calm(self.raw_hazards(features), features)


def coherent_where_calm(raw: Hazards, features: pd.DataFrame) -> Hazards:
    """Make hazards coherent (`coherent`) in rows where no episode is going on; leave the others as they are."""
    calm = ~np.logical_or.reduce(select(features, GOING_ON) > 0, axis=1)
    if calm.all():
        return coherent(raw)
    adjusted = coherent(raw)
    return {target: np.where(calm[:, None], adjusted[target], raw[target]) for target in raw}


def coherent(raw: Hazards) -> Hazards:
    """Return hazards in which each part's intensity stays below that of disruption, month by month.

    With intensity L = -ln(1 - hazard), a part becomes L_part / (1 + (L_part / L_disruption)^4)^(1/4): almost itself where
    it is well below disruption, and never above it. Where both were forecast equal a part becomes 0.84 of disruption,
    which leaves room for other parts; parts may overlap, as a siege that ends in a takeover does.

    Args:
        raw: Target -> hazards, shape (rows, 12), each target forecast on its own.
    """
    intensity = {t: -np.log1p(-np.clip(h, 1e-9, LARGEST_HAZARD)) for t, h in raw.items()}
    whole = intensity["disruption"]
    bent = {p: intensity[p] * (1 + (intensity[p] / whole) ** COHERENCE_POWER) ** (-1 / COHERENCE_POWER) for p in PARTS}
    return {"disruption": -np.expm1(-whole), **{p: -np.expm1(-bent[p]) for p in PARTS}}


def select(features: pd.DataFrame, names: Sequence[str]) -> npt.NDArray[Any]:
    """Return columns as an array, shape (rows, names), in the features' own dtype.

    Of frames made with `COLUMNS` they are taken by position: selection by name costs pandas a quarter of a millisecond,
    several times a prediction of one row.
    """
    if features.columns.is_(COLUMNS):
        return features.to_numpy()[:, _places(tuple(names))]
    return features[list(names)].to_numpy()


@cache
def _places(names: tuple[str, ...]) -> npt.NDArray[np.int64]:
    return np.asarray(COLUMNS.get_indexer(list(names)), np.int64)


def risks(hazard: Floats) -> Floats:
    """Return cumulative risks by horizon, 1 - prod(1 - hazard) over the months ahead, shape (rows, 12)."""
    return -np.expm1(np.cumsum(np.log1p(-hazard), axis=1))


def on_log_intensity(base: Floats, parts: pd.DataFrame) -> pd.DataFrame:
    """Rescale additive contributions to the log-odds of a hazard into contributions to its ln(intensity).

    The intensity -ln(1 - hazard) is ln(1 + e^x) of the log-odds x. All contributions of a row are multiplied by the same
    slope, that of ln(intensity) from the base to the sum, so that they still add up.

    Args:
        base: Log-odds of an average row, shape (rows,).
        parts: Contributions to the log-odds, a column for each feature.

    Returns:
        Contributions to ln(intensity), and a column `base`.
    """
    whole = base + parts.sum(axis=1).to_numpy(float)
    start, end = np.log(np.logaddexp(0, base)), np.log(np.logaddexp(0, whole))
    slope = secant(base, whole, start, end)
    moved = parts.to_numpy(float) * slope[:, None]
    return pd.DataFrame(np.column_stack([moved, start]), columns=[*parts.columns, "base"], index=parts.index)


def secant(before: Floats, after: Floats, value_before: Floats, value_after: Floats) -> Floats:
    """Return the slope of a function between two points; 1 where they coincide, as there is no difference to distribute."""
    apart = np.abs(after - before) > 1e-9
    return np.where(apart, (value_after - value_before) / np.where(apart, after - before, 1), 1.0)


def month_effect(periods_month: npt.NDArray[np.int64]) -> Floats:
    """Return ln of the month ahead, centred: hazards fall off with distance."""
    return np.log(periods_month) - np.log(np.arange(1, MAX_HORIZON + 1)).mean()


def write_json(path: Path, content: object) -> None:
    """Write JSON with enough digits that floats come back the same; arrays as lists, which `arrays` reads back."""
    path.write_text(json.dumps(content, default=np.ndarray.tolist))


def arrays(stored: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, dict[str, Floats]]:
    """Return coefficients by target and name as arrays, from their lists in JSON."""
    return {
        target: {name: np.array(values) for name, values in coefficients.items()}
        for target, coefficients in stored.items()
    }


def read_json(path: Path) -> dict[str, object]:
    """Read a JSON object."""
    content = json.loads(path.read_text())
    if not isinstance(content, dict):
        raise TypeError(f"{path}: expected a JSON object, got {type(content).__name__}")
    return content
