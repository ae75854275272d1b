"""The skill page: scores of the champion and its references on past months, their differences, and past alarms."""

import math
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from data.contracts.forecasts import TARGETS
from serving.api.dependencies import CurrentPublication
from serving.api.filters import Filters
from serving.pages.components.past_alarms import past_alarms
from serving.pages.components.reliability import reliability
from serving.pages.components.render import page
from serving.schemas.fields import Target
from training.dataset.folds import SCORED_TO, WINDOWS
from training.evaluation.score_table import pick
from training.models.registry import REFERENCES, methods

router = APIRouter(include_in_schema=False)
SPANS = {name: f"{first:%B %Y} to {SCORED_TO:%B %Y}" for name, first in WINDOWS.items()}
METRICS = {
    "brier_skill_vs_climatology": (
        "Skill",
        "share by which the squared error of the base rate is reduced; 0 is no better, more is better",
    ),
    "average_precision": (
        "Precision",
        "share of disrupted capitals at the top of the ranking; compare with the base rate, more is better",
    ),
    "auroc": (
        "Ordering",
        "chance that a capital that was disrupted ranked above one that was not (AUROC); 0.5 is a coin toss",
    ),
    "log_score": ("Log score", "punishes confident errors hardest; less is better"),
    "calibration_error": ("Calibration", "distance between forecast and observed frequency; less is better"),
}
COMPARED = ("log_score", "brier_skill_vs_climatology", "average_precision", "auroc")


class View(Filters):
    """Target and span of origins of the scores."""

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
            "horizons": [_horizon(h, rows, order) for h, rows in release_rows.groupby("horizon")],
        }
        for release, release_rows in part.groupby("episodes", sort=False)
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
        alarms=past_alarms(served, view.target),
    )


def _differences(table: pd.DataFrame, champion: str, view: View) -> list[dict[str, Any]]:
    """List the champion's differences to its references, one line a reference and horizon; empty without an onset."""
    rows = pick(table, model=champion, target=view.target, window=view.window)
    rows = rows[rows["reference"].isin(REFERENCES) & (rows["episodes"] == table["episodes"].iloc[0])]
    lines = []
    for (reference, horizon), scores in rows.groupby(["reference", "horizon"], sort=False):
        by_metric = scores.set_index("metric")
        cells = [_difference(by_metric.loc[m]) if m in by_metric.index else _difference(None) for m in COMPARED]
        lines.append({"reference": _title(reference), "horizon": horizon, "cells": cells})
    return lines


def _difference(row: pd.Series | None) -> dict[str, Any]:
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
