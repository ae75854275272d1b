"""Names of scores as MLflow metrics, which sort and filter well."""

import re
from collections.abc import Iterable

import pandas as pd

from training.evaluation.paired_differences import Pair
from training.monitoring.track_record import LIVE

_SPELLED = re.compile(r"[^a-z0-9_]+")
"""Characters that a metric's name must not contain."""


SHOWN = (
    "auroc",
    "average_precision",
    "brier_skill_vs_climatology",
    "brier_skill_vs_own_history",
    "log_score",
    "share_forecast",
    "calibration_error_of_base_rate",
    "onset_recall_at_5pct",
)
"""Scores that are metrics of a run; the others are in `tables/skill.parquet`."""


def metrics(skill: pd.DataFrame, model: str) -> dict[str, float]:
    """Return a method's scores as metrics such as `brier_skill_vs_climatology_disruption_h06`, windows as a suffix."""
    rows = skill[(skill["model"] == model) & skill["value"].notna() & skill["metric"].isin(SHOWN)]
    rows = rows[rows["episodes"] == skill["episodes"].iloc[0]]
    return {
        f"{row.metric}_{row.target}_h{row.horizon:02d}" + ("" if row.window == "all" else f"_{row.window}"): float(
            row.value
        )
        for row in rows.itertuples()
    }


def live_metrics(record: pd.DataFrame) -> dict[str, float]:
    """Return the track record of live forecasts as metrics such as `live_brier_skill_vs_climatology_disruption_h06`."""
    rows = record[(record["kind"] == LIVE) & record["live"].notna()]
    return {f"live_{row.measure}_{row.target}_h{row.horizon:02d}": float(row.live) for row in rows.itertuples()}


def drift_metrics(table: pd.DataFrame) -> dict[str, float]:
    """Return the table of training/monitoring/drift.py as metrics such as `drift_psi_inputs_fighting`, and the number of its flags."""
    rows = table[table["value"].notna()]
    values = {
        _SPELLED.sub("_", f"drift_{row.measure}_{row.part}".lower()): float(row.value) for row in rows.itertuples()
    }
    return values | {"drift_flags": float(table["flagged"].sum())}


def difference_metrics(differences: pd.DataFrame, pairs: Iterable[Pair]) -> dict[str, float]:
    """Return the pairs' differences over all origins as metrics such as `log_score_minus_own_history_disruption_h06`.

    The name of the method comes first where the pairs have several.
    """
    chosen = list(pairs)
    several = len({model for model, _ in chosen}) > 1
    rows = differences[(differences["window"] == "all") & differences["value"].notna()]
    rows = rows[rows["episodes"] == differences["episodes"].iloc[0]]
    return {
        _SPELLED.sub(
            "_",
            f"{f'{row.model} ' if several else ''}{row.metric} minus {row.reference} {row.target}_h{row.horizon:02d}",
        ): float(row.value)
        for row in rows.itertuples()
        if (row.model, row.reference) in chosen
    }
