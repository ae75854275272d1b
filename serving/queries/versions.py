"""Versions of the model behind past forecasts: a fit of the backtest by its year, or a registered version."""

import pandas as pd

from serving.served_publication import ServedPublication

BACKTEST = "backtest"


def version_in_words(version: str, origin: pd.Timestamp) -> str:
    """Return a version as rows carry it, and for a fit of the backtest the year in whose January it was made."""
    return f"{BACKTEST} {origin:%Y}" if version == BACKTEST else version


def version_at(served: ServedPublication, origin: pd.Timestamp) -> str:
    """Return the version of the model that the forecasts of an origin are of; older than the published ones: the backtest's."""
    rows = served.forecasts.get(origin)
    return version_in_words(BACKTEST if rows is None else str(rows["model_version"].iloc[0]), origin)
