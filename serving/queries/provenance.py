"""Provenance of a response: model, version, origin, data vintage and time of issue."""

import pandas as pd

from serving.schemas.fields import Provenance, year_month
from serving.served_publication import ServedPublication


def provenance(served: ServedPublication, origin: pd.Timestamp | None = None) -> Provenance:
    """Return who forecast an origin, on which data and when; the newest origin by default."""
    chosen = served.newest_origin if origin is None else origin
    return served.views.get_or_compute(("provenance", chosen), lambda: _read(served, chosen))


def _read(served: ServedPublication, origin: pd.Timestamp) -> Provenance:
    row = served.forecasts[origin].iloc[0]
    return {
        "model": str(row["model"]),
        "model_version": str(row["model_version"]),
        "origin": year_month(origin),
        "data_vintage": str(row["data_vintage"]),
        "issued_at": row["issued_at"].tz_localize("UTC"),
    }
