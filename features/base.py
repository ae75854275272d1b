"""What a feature group is, and the arithmetic the groups share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data.panel.panel import View

Floats = npt.NDArray[np.float32]
Columns = dict[str, Floats]


@dataclass(frozen=True)
class Group:
    """A theme of features: what each measures and why it could matter, and how to compute all of them at one origin."""

    name: str
    label: str
    """How the group is called in sentences: "fighting in and around the capital"."""
    features: Mapping[str, str]
    """Feature name -> what it measures and why it could matter."""
    compute: Callable[[View], Columns]
    tables: tuple[str, ...] = ()
    """Panel tables it reads; a stale one is flagged on the forecasts."""
    rising: frozenset[str] = frozenset()
    """Features of which more can only mean more risk; models are held to it."""
    falling: frozenset[str] = frozenset()
    """Features of which more can only mean less risk."""


def log1p(values: Floats) -> Floats:
    """Return ln(1 + x): counts of violence spread over five orders of magnitude."""
    return np.log1p(values, dtype=np.float32)


def decayed(window: Floats, half_life_months: float) -> Floats:
    """Sum a window (units, months; newest last) with weights that halve every `half_life_months`; unknown months add nothing.

    NaN for units of which no month is known.
    """
    ages = np.arange(window.shape[1] - 1, -1, -1, dtype=np.float32)
    weights = np.exp2(-ages / half_life_months).astype(np.float32)
    total = np.nansum(window * weights, axis=1)
    return np.where(np.isfinite(window).any(axis=1), total, np.nan).astype(np.float32)


def months_since(window: npt.NDArray[np.bool_], limit: int) -> Floats:
    """Return months from the last marked month to the newest one, capped at `limit` where there was none."""
    width = window.shape[1]
    newest = np.where(window.any(axis=1), np.argmax(window[:, ::-1], axis=1), width)
    return np.minimum(newest, limit).astype(np.float32)


def where_whole(columns: Mapping[str, npt.NDArray[Any]], series: Floats) -> Columns:
    """Return features as NaN for units of which a month of the feature's window is known in no series (units, months, series).

    A feature's name ends with its window, as in `corridor_attacks_5km_12m`. A part of a window would pass for the whole,
    and a month that nobody reported for a quiet one.
    """
    known = np.any(np.isfinite(series), axis=2)
    return {
        name: np.where(known[:, -int(name.rsplit("_", 1)[1].removesuffix("m")) :].all(axis=1), column, np.nan)
        for name, column in columns.items()
    }
