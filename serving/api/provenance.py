"""The stamp every answer carries, and how months and missing numbers are written in JSON."""

import math
from typing import TypedDict

import pandas as pd

from serving.store import ServedPublication


class Stamp(TypedDict):
    """Fields of `schemas.Stamped`."""

    model: str
    model_version: str
    origin: str
    data_vintage: str
    issued_at: pd.Timestamp


def month(value: pd.Timestamp) -> str:
    """Write a month as YYYY-MM."""
    return f"{value:%Y-%m}"


def known(value: float) -> float | None:
    """Return a number as it is, and NaN as None."""
    return None if math.isnan(value) else value


def stamp(served: ServedPublication, origin: pd.Timestamp | None = None) -> Stamp:
    """Say who forecast an origin, on which data and when; the newest origin by default."""
    chosen = served.newest_origin if origin is None else origin
    return served.once("stamp", chosen, lambda: _read(served, chosen))


def _read(served: ServedPublication, origin: pd.Timestamp) -> Stamp:
    row = served.forecasts[origin].iloc[0]
    return {
        "model": str(row["model"]),
        "model_version": str(row["model_version"]),
        "origin": month(origin),
        "data_vintage": str(row["data_vintage"]),
        "issued_at": row["issued_at"].tz_localize("UTC"),
    }
