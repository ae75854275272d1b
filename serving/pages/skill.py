"""The record on past months: the champion beside what it has to beat."""

import math
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from data.contracts.forecasts import TARGETS
from serving.api.dependencies import CurrentPublication
from serving.api.filters import Filters
from serving.pages.components.reliability import reliability
from serving.pages.components.render import page
from serving.queries import wording
from serving.queries.capital import episodes_of
from serving.schemas.fields import Target
from serving.store import ServedPublication
from training.dataset.folds import SCORED_TO, WINDOWS
from training.evaluation.alarms import alarm_history
from training.evaluation.judge import REFERENCES
from training.evaluation.score_table import pick
from training.models.registry import methods

router = APIRouter(include_in_schema=False)
SPANS = {name: f"{first:%B %Y} to {SCORED_TO:%B %Y}" for name, first in WINDOWS.items()}
METRICS = {
    "brier_skill_vs_climatology": (
        "Skill",
        "share of the base rate's squared error that is gone; 0 is no better, more is better",
    ),
    "average_precision": (
        "Precision",
        "how pure the top of the ranking is; compare with the base rate, more is better",
    ),
    "auroc": (
        "Ordering",
        "chance that a capital that was disrupted ranked above one that was not (AUROC); 0.5 is a coin",
    ),
    "log_score": ("Log score", "punishes confident errors hardest; less is better"),
    "calibration_error": ("Calibration", "distance between forecast and observed frequency; less is better"),
}

ALARM_HORIZON = 6
ALARMS_LISTED = 60
COMPARED = ("log_score", "brier_skill_vs_climatology", "average_precision", "auroc")


class View(Filters):
    """Which part of the record."""

    target: Target = "disruption"
    window: Literal["all", "since_2015", "since_2020"] = "all"


@router.get("/skill", response_class=HTMLResponse)
def skill(served: CurrentPublication, view: Annotated[View, Query()]) -> HTMLResponse:
    """Show the scores of the champion and its references, horizon by horizon."""
    table = served.publication.skill
    part = table[(table["target"] == view.target) & (table["window"] == view.window)]
    order = [served.model.name, *(name for name in REFERENCES if name != served.model.name)]
    releases = [
        {
            "episodes": release.replace("_", " "),
            "horizons": [_horizon(h, rows, order) for h, rows in own.groupby("horizon")],
        }
        for release, own in part.groupby("episodes", sort=False)
    ]
    return page(
        served,
        "skill.html",
        view=view,
        windows=SPANS,
        metrics=METRICS,
        releases=releases,
        champion=served.model.name,
        compared={metric: METRICS[metric][0] for metric in COMPARED},
        differences=_differences(served.publication.differences, served.model.name, view),
        reliabilities=[r for t in TARGETS if (r := reliability(served, t, WINDOWS[view.window]))],
        record=_alarms(served, view.target),
    )


def _alarms(served: ServedPublication, target: str) -> dict[str, Any] | None:
    """Return the alarms of every past origin and how they ended; None where fewer than two origins have risks."""
    rows = served.publication.history
    rows = rows[(rows["target"] == target) & rows["iso3"].isin(served.capitals.index)].astype({"iso3": str})
    risk = rows.pivot(index="origin", columns="iso3", values=f"h{ALARM_HORIZON}").astype(float)
    if len(risk) < 2 or risk.isna().all(axis=None):
        return None
    marks = np.logical_or.reduce([served.panel.disrupted[kind] for kind in TARGETS[target]])
    disrupted = {code: marks[served.panel.iso3.index(code)] for code in risk.columns}
    history = alarm_history(risk, disrupted, ALARM_HORIZON, served.panel.reached)
    names = served.capitals[["capital", "country"]].to_dict("index")
    return {
        "first": risk.index[0],
        "last": risk.index[-1],
        "threshold": history.threshold,
        "horizon": ALARM_HORIZON,
        "all": len(history.alarms),
        "warned": history.warned,
        "onsets": history.onsets,
        "came": sum(a.onset is not None for a in history.alarms),
        "open": sum(a.open for a in history.alarms),
        "nothing": sum(a.onset is None and not a.open for a in history.alarms),
        "lines": [
            vars(a) | names[a.iso3] | {"kinds": "" if a.onset is None else _begun(served, a.iso3, a.onset, target)}
            for a in history.alarms[:ALARMS_LISTED]
        ],
    }


def _begun(served: ServedPublication, iso3: str, onset: pd.Timestamp, target: str) -> str:
    """Name what began in a month."""
    own = episodes_of(served, iso3)
    own = own[(own["start"] <= onset) & (own["end"] >= onset) & own["kind"].isin(TARGETS[target])]
    return wording.listing(wording.kind(kind) for kind in dict.fromkeys(own["kind"]))


def _differences(table: pd.DataFrame, champion: str, view: View) -> list[dict[str, Any]]:
    """List the champion's differences to its references, one line a reference and horizon; empty where nothing happened."""
    rows = pick(table, model=champion, target=view.target, window=view.window)
    rows = rows[rows["reference"].isin(REFERENCES) & (rows["episodes"] == table["episodes"].iloc[0])]
    lines = []
    for (reference, horizon), own in rows.groupby(["reference", "horizon"], sort=False):
        found = own.set_index("metric")
        cells = [_apart(found.loc[m]) if m in found.index else _apart(None) for m in COMPARED]
        lines.append({"reference": _title(reference), "horizon": horizon, "cells": cells})
    return lines


def _apart(row: pd.Series | None) -> dict[str, Any]:
    if row is None or math.isnan(row["value"]):
        return {"text": "–", "sure": False}
    text = f"{row['value']:+.4f} ({row['low']:+.4f} to {row['high']:+.4f})"
    return {"text": text, "sure": bool(row["low"] > 0 or row["high"] < 0)}


def _title(name: str) -> str:
    return methods()[name].title if name in methods() else name


def _horizon(horizon: int, rows: pd.DataFrame, order: list[str]) -> dict[str, Any]:
    values = {
        (model, metric): float(v) for model, metric, v in rows[["model", "metric", "value"]].itertuples(index=False)
    }
    present = [name for name in order if any(model == name for model, _ in values)]
    onsets = [v for (_, metric), v in values.items() if metric == "onsets" and not math.isnan(v)]
    lines = [
        {
            "model": name,
            "title": _title(name),
            "cells": [_cell(values, present, name, m) for m in METRICS],
        }
        for name in present
    ]
    return {"horizon": horizon, "onsets": int(max(onsets)) if onsets else None, "lines": lines}


def _cell(values: dict[tuple[str, str], float], models: list[str], model: str, metric: str) -> dict[str, Any]:
    value = values.get((model, metric), math.nan)
    others = [v for m in models if not math.isnan(v := values.get((m, metric), math.nan))]
    less_is_better = metric in ("log_score", "calibration_error")
    best = bool(others) and value == (min(others) if less_is_better else max(others)) and len(set(others)) > 1
    return {"text": "–" if math.isnan(value) else f"{value:.3f}", "best": best}
