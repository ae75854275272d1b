"""Drivers of a risk: exact contributions of the features to its log-odds, by theme."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from data import calendar
from serving.queries.provenance import provenance
from serving.schemas.explanations import Drivers
from serving.schemas.fields import Target, null_if_nan, year_month
from serving.schemas.forecasts import Driver
from serving.served_publication import ServedPublication
from training.explanation.drivers import Explained, explain, themes
from training.forecasting.forecast import states


def explain_risk(
    served: ServedPublication, iso3: str, origin: pd.Timestamp, target: Target, horizon: int
) -> Drivers | None:
    """Decompose the log-odds of a risk by theme, exactly, with a plain sentence for each.

    Args:
        served: The publication whose model is explained.
        iso3: Code of a forecast state.
        origin: Published origin.
        target: Target of the risk.
        horizon: Months ahead, 1 to 12.

    Returns:
        Contributions in log-odds, strongest first; None where the served model has no contributions of features.
    """
    row = served.features(origin).loc[[iso3]]
    rows = served.forecasts[origin]
    rows = rows[(rows["iso3"] == iso3) & (rows["target"] == target) & (rows["horizon"] == horizon)]
    target_month = calendar.month_at(calendar.month_index(origin) + horizon)
    head: dict[str, Any] = {
        **provenance(served, origin),
        "iso3": iso3,
        "target": target,
        "horizon": horizon,
        "target_month": year_month(target_month),
        "published_risk": null_if_nan(float(rows["risk"].iloc[0])) if len(rows) else None,
    }
    if states(row)[target][0]:
        return Drivers(
            **head, state="ongoing", risk=None, base=None, coherence_adjustment=None, log_odds=None, drivers=[]
        )
    explained = decompose(served, row, target, horizon)
    if explained is None:
        return None
    ranked = enumerate(themes(row.iloc[0].to_dict(), explained.parts.iloc[0].to_dict(), served.facts(origin)), 1)
    return Drivers(
        **head,
        state="calm",
        risk=float(1 / (1 + np.exp(-explained.log_odds[0]))),
        base=float(explained.base[0]),
        coherence_adjustment=float(explained.coherence_adjustment[0]),
        log_odds=float(explained.log_odds[0]),
        drivers=[Driver(rank=rank, **asdict(theme)) for rank, theme in ranked],
    )


def decompose(served: ServedPublication, rows: pd.DataFrame, target: str, horizon: int) -> Explained | None:
    """Return the log-odds of a target's risk as contributions of features; None where the served model has none."""
    try:
        return explain(served.model, rows, target, [horizon])[horizon]
    except TypeError:  # a baseline is served, which has no inputs
        return None
