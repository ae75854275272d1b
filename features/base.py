"""Feature groups, the features they declare, and the arithmetic they share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from data.panel.view import View

Floats = npt.NDArray[np.float32]
Columns = dict[str, Floats]
Direction = Literal[-1, 0, 1]

RISING: Direction = 1
FALLING: Direction = -1


class Unit(StrEnum):
    """The unit and scale of a feature's values: how a model standardises them and how a sentence writes them."""

    COUNT = "count"
    LOG_COUNT = "ln(1+count)"
    LOG = "ln"
    LOG_CHANGE = "ln(1+relative change)"
    SHARE = "share"
    MONTHS = "months"
    MONTHS_SINCE = "months since the last"
    YEARS = "years"
    KM = "km"
    DEGREES = "degrees"
    RINGS = "distance rings"
    Z_SCORE = "standard deviations"
    INDEX = "index"
    INDICATOR = "1 or 0"
    CODE = "code"


class Scope(StrEnum):
    """Whose past a feature counts: the capital's own country, or others and how they are weighted."""

    OWN = "own"
    OWN_AND_REGION = "own, drawn towards the region's"
    NEIGHBOURS = "neighbours by distance"
    REGION = "region"
    WORLD = "world"
    TRANSIT = "countries that its corridors cross"


DESCRIBED = {
    Unit.LOG_COUNT: "ln(1+{})",
    Unit.LOG: "ln of {}",
    Unit.LOG_CHANGE: "ln(1+{})",
    Unit.INDICATOR: "1 where {}",
}
"""Units whose values are not the quantity of the sentence itself, and how those are described."""


INVERSES: dict[Unit, Callable[[Any], Any]] = {Unit.LOG_COUNT: np.expm1, Unit.LOG: np.exp, Unit.LOG_CHANGE: np.expm1}


@dataclass(frozen=True)
class Feature:
    """A column of the feature table and all that models and sentences need to know about it."""

    name: str
    sentence: str
    """The quantity as it stands in the middle of a sentence, before any logarithm; of an indicator, the condition it marks."""
    window_months: int | None = None
    """Newest months it is computed from, 1 for the newest alone; None where it has no fixed window."""
    unit: Unit = Unit.COUNT
    direction: Direction = 0
    """`RISING` where more can only mean more risk, `FALLING` where it can only mean less; trees are held to it."""
    fleeting: bool = False
    """Whether it counts for less the further ahead one looks."""
    tables: tuple[str, ...] = ()
    """Panel tables it reads."""
    reason: str = ""
    """Why it could matter, or how to read its values."""
    smooth: bool = True
    """Whether a smooth curve through its values has a meaning; where not, only trees use it."""
    scope: Scope = Scope.OWN
    """Whose episodes or counts it is computed from."""
    kinds: tuple[str, ...] = ()
    """Kinds of episode it counts; empty where it counts none."""
    columns: tuple[str, ...] = ()
    """Columns of its first table that it is computed from, as far as other features are too or they are counts."""
    counted: str = ""
    """What `columns` count, as it follows a number: "deaths in the country"; of other countries without the place.
    Empty where they are no counts."""
    half_life_months: int | None = None
    """Age at which an episode counts half."""

    @property
    def meaning(self) -> str:
        """Return its description as a sentence of its own, in the unit of its values."""
        sentence = self.sentence
        measure = DESCRIBED.get(self.unit, f"{sentence[0].upper()}{sentence[1:]}").format(sentence)
        return f"{measure}: {self.reason}." if self.reason else f"{measure}."

    def natural(self, values: Any) -> Any:
        """Return values in the unit of its sentence: logarithms undone, all others as they are."""
        return INVERSES[self.unit](values) if self.unit in INVERSES else values


def described(*features: Feature) -> dict[str, Feature]:
    """Return features by name, in order; raise ValueError for a name declared twice."""
    names = [feature.name for feature in features]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"features declared twice: {', '.join(twice)}; rename one of each")
    return dict(zip(names, features, strict=True))


@dataclass(frozen=True)
class Group:
    """A theme of features, and the function that computes their columns, shape (units,), at one origin."""

    name: str
    label: str
    """How the group is called in sentences: "fighting in and around the capital"."""
    features: Mapping[str, Feature]
    """Its features by name, in the order of the columns."""
    compute: Callable[[View], Columns]

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the panel tables its features read; a stale one is flagged on the forecasts."""
        return tuple(dict.fromkeys(table for feature in self.features.values() for table in feature.tables))


def log1p(values: Floats) -> Floats:
    """Return ln(1 + x); counts of violence span five orders of magnitude."""
    return np.log1p(values, dtype=np.float32)


def decayed(window: Floats, half_life_months: float) -> Floats:
    """Return exponentially decayed sums, shape (units,): weight 2^(-age / half-life), 1 for the newest month.

    Missing months add nothing; NaN for units without a known month.

    Args:
        window: Shape (units, months), newest month last; NaN is missing.
        half_life_months: Age at which a month counts half.
    """
    ages = np.arange(window.shape[1] - 1, -1, -1, dtype=np.float32)
    weights = np.exp2(-ages / half_life_months).astype(np.float32)
    total = np.nansum(window * weights, axis=1)
    return np.where(np.isfinite(window).any(axis=1), total, np.nan).astype(np.float32)


def months_since(window: npt.NDArray[np.bool_], limit: int) -> Floats:
    """Return the months since the last marked one, shape (units,): 0 for the newest, at most `limit`.

    Args:
        window: Shape (units, months), newest month last.
        limit: Largest value, and that of units without a mark where the window is longer.
    """
    width = window.shape[1]
    newest = np.where(window.any(axis=1), np.argmax(window[:, ::-1], axis=1), width)
    return np.minimum(newest, limit).astype(np.float32)


def mask_partial_windows(
    columns: Mapping[str, npt.NDArray[Any]], features: Mapping[str, Feature], series: Floats
) -> Columns:
    """Return columns with NaN for units that lack a month of the feature's window in every series.

    A part of a window would pass for the whole, and a month that nobody reported for a quiet one.

    Args:
        columns: Values by feature, shape (units,).
        features: Their declarations, each with `window_months`.
        series: What they are computed from, shape (units, months, series), newest month last; NaN is unknown.
    """
    known = np.any(np.isfinite(series), axis=2)
    windows = {name: features[name].window_months or known.shape[1] for name in columns}
    return {name: np.where(known[:, -windows[name] :].all(axis=1), column, np.nan) for name, column in columns.items()}
