"""Forecast rows from hazards: the one place where risks get their states, target months and provenance."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import FORECASTS, PARTS, TARGETS
from training.forecasting.abstention import ABSTAINED, abstained
from training.forecasting.intervals import WIDENED, Spread, bounds
from training.models.base import GOING_ON, HazardModel, Hazards, risks, select


@dataclass(frozen=True)
class Provenance:
    """Model version, time of issue and data vintage of forecast rows."""

    model_version: str
    issued_at: pd.Timestamp
    data_vintage: str


def states(features: pd.DataFrame) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Return target -> mask of the rows with an ongoing episode, which have no onset risk, shape (rows,)."""
    ongoing = dict(zip(PARTS, (select(features, GOING_ON) > 0).T, strict=True))
    return {"disruption": np.logical_or.reduce(list(ongoing.values())), **ongoing}


def forecast(
    model: HazardModel, features: pd.DataFrame, provenance: Provenance, spread: Spread | None = None
) -> pd.DataFrame:
    """Return the forecast rows of every target and horizon.

    Args:
        model: Fitted model.
        features: Rows of `features.build.build`.
        provenance: Provenance of the forecast.
        spread: Spread of refits by target (`intervals.refitted`); without it the rows have no intervals.

    Returns:
        Rows of `contracts.forecasts.FORECASTS`. Risk and hazard are NaN where an episode of the target is ongoing
        (state `ongoing`), and where data that it needs are missing (state `abstained`).
    """
    return rows_of(model.name, model.hazards(features), features, provenance, spread)


def rows_of(
    name: str, hazards: Hazards, features: pd.DataFrame, provenance: Provenance, spread: Spread | None = None
) -> pd.DataFrame:
    """Return hazards as forecast rows.

    Args:
        name: Name of the method.
        hazards: Target -> hazards, shape (rows, 12).
        features: Keys and flags of the rows.
        provenance: Provenance of the forecast.
        spread: Spread of refits by target, shape (rows,); without it the rows have no intervals.

    Returns:
        Rows of `contracts.forecasts.FORECASTS`.
    """
    horizons = np.array(calendar.HORIZONS)
    count, width = len(features), len(horizons)
    origins = features["origin"].to_numpy()
    months = origins.astype("datetime64[M]")
    target_months = (months[:, None] + horizons[None, :]).astype("datetime64[us]").ravel()
    as_of = (months + 1).astype("datetime64[us]")
    going_on, silent = states(features), abstained(features["flags"])
    parts = []
    for target in TARGETS:
        known = ~(going_on[target] | silent[target])[:, None]
        state = np.where(going_on[target], "ongoing", np.where(silent[target], ABSTAINED, "calm"))
        unknown = np.full((count, width), np.nan)
        low, high = bounds(hazards[target], spread[target], WIDENED[target]) if spread else (unknown, unknown)
        parts.append(
            pd.DataFrame(
                {
                    "origin": np.repeat(origins, width),
                    "iso3": np.repeat(features["iso3"].to_numpy(), width),
                    "target": target,
                    "horizon": np.tile(horizons, count),
                    "target_month": target_months,
                    "risk": np.where(known, risks(hazards[target]), np.nan).ravel(),
                    "risk_low": np.where(known, low, np.nan).ravel(),
                    "risk_high": np.where(known, high, np.nan).ravel(),
                    "hazard": np.where(known, hazards[target], np.nan).ravel(),
                    "state": np.repeat(state, width),
                    "model": name,
                    "model_version": provenance.model_version,
                    "as_of": np.repeat(as_of, width),
                    "issued_at": provenance.issued_at,
                    "data_vintage": provenance.data_vintage,
                    "flags": np.repeat(features["flags"].to_numpy(object), width),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    for column in ("origin", "target_month", "as_of", "issued_at"):
        table[column] = table[column].astype("datetime64[us]")
    return FORECASTS.validate(table)
