"""Track record of a home folder: its published forecasts beside those of the references in the published backtest."""

import pandas as pd

from data.panel.panel import Panel
from training.evaluation.backtest_table import published_path
from training.evaluation.slices import REPORTED_HORIZONS
from training.models.registry import SKILL_REFERENCES
from training.monitoring.track_record import track_record


def live_track_record(panel: Panel, rows: pd.DataFrame, differences: pd.DataFrame) -> pd.DataFrame:
    """Return the track record of published rows, with the references' risks from the published backtest.

    Args:
        panel: Panel with the outcomes.
        rows: Published forecast rows, as `training.publication.archive.read` returns them.
        differences: Paired differences of the backtest (`training.evaluation.paired_differences`).

    Returns:
        Table of `training.monitoring.track_record.track_record`.
    """
    return track_record(panel, rows, _references(rows), differences)


def _references(rows: pd.DataFrame) -> pd.DataFrame:
    columns = ["origin", "iso3", "target", "horizon", "model", "risk"]
    if rows.empty or not published_path().exists():
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in columns})
    filters = [
        ("model", "in", SKILL_REFERENCES),
        ("origin", ">=", rows["origin"].min()),
        ("horizon", "in", REPORTED_HORIZONS),
    ]
    references = pd.read_parquet(published_path(), columns=columns, filters=filters)
    return references.astype({"iso3": "str", "target": "str", "model": "str"})
