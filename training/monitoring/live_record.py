"""The track record of a home folder: every issue kept there, against outcomes and what the references said at its origins."""

import pandas as pd

from data.panel.panel import Panel
from data.settings import settings
from training.evaluation.slices import REPORTED_HORIZONS
from training.monitoring.track_record import REFERENCES, track_record


def live_track_record(panel: Panel, rows: pd.DataFrame, differences: pd.DataFrame) -> pd.DataFrame:
    """Return the track record of issued rows; what the references said at their origins comes from the last backtest."""
    return track_record(panel, rows, _references(rows), differences)


def _references(rows: pd.DataFrame) -> pd.DataFrame:
    columns = ["origin", "iso3", "target", "horizon", "model", "risk"]
    path = settings().home / "backtest" / "forecasts.parquet"
    if rows.empty or not path.exists():
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in columns})
    filters = [
        ("model", "in", REFERENCES),
        ("origin", ">=", rows["origin"].min()),
        ("horizon", "in", REPORTED_HORIZONS),
    ]
    found = pd.read_parquet(path, columns=columns, filters=filters)
    return found.astype({"iso3": "str", "target": "str", "model": "str"})
