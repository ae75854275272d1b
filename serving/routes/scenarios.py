"""POST /v1/scenarios: what if more, or less, had happened? Both curves, what moved them, and where the model has not been."""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from data import calendar
from data.contracts import TARGETS
from data.whatif import Edit, Marked, edited
from features.build import build_one, feature_names, group_of
from serving.changes import Said, Typed, counts, read
from serving.errors import ApiError
from serving.lookup import CurrentIssue, require_capital, require_known
from serving.prediction import horizons
from serving.routes.predict import TOO_LARGE
from serving.schemas import PredictedCurve, Stamped
from serving.stamp import known, month, stamp
from serving.state import Issue
from training.drivers import PUBLISHED_HORIZON, by_theme, explain
from training.forecast import states
from training.models.base import risks

router = APIRouter(prefix="/v1", tags=["predictions"])


class ScenarioRequest(BaseModel):
    """A capital, an origin, and what would have been different in the newest months."""

    model_config = ConfigDict(extra="forbid")
    iso3: str = Field(max_length=60, examples=["MLI"])
    origin: str | None = Field(None, max_length=20, description="YYYY-MM; the newest by default.", examples=["2026-10"])
    changes: list[Annotated[Typed | Said, Field(union_mode="left_to_right")]] = Field(
        min_length=1, max_length=20, examples=[["airport district fighting 20 deaths", "coup attempt"]]
    )


class MovedFeature(BaseModel):
    """A feature that the scenario changes; null is unknown."""

    name: str
    meaning: str
    before: float | None
    after: float | None
    used: bool = Field(description="Whether the model uses it.")


class MovedTheme(BaseModel):
    """How much a theme adds to the log-odds of the risk within six months, before and after."""

    group: str
    label: str
    before: float
    after: float


class ScenarioCurve(BaseModel):
    """Risk of one target by horizon, as it is and in the scenario."""

    before: PredictedCurve
    after: PredictedCurve
    moved: list[MovedTheme]


class ScenarioAnswer(Stamped):
    """Both curves of every target, what moved them, and warnings where the answer should not be leant on."""

    iso3: str
    horizons: list[int]
    flags: list[str]
    features: list[MovedFeature]
    targets: dict[str, ScenarioCurve]
    warnings: list[str]


@router.post("/scenarios", response_model=ScenarioAnswer, responses=TOO_LARGE)
def scenarios(body: ScenarioRequest, issue: CurrentIssue) -> ScenarioAnswer:
    """Change the counts of a capital's newest known months, build its features again and compare both forecasts.

    Changes are typed objects or plain sentences. The model is today's; a scenario shows what it would say, not what
    such an event would cause.
    """
    code = require_capital(issue, body.iso3)
    origin = require_known(issue, body.origin)
    before = issue.features(origin)
    if code not in before.index:
        joined = month(issue.capitals.at[code, "member_from"])
        message = f"{code} is in the panel from {joined}; origin {month(origin)} is before that"
        raise ApiError(404, "unknown_origin", message, {"origin": message})
    edits: list[Edit] = []
    marks: list[Marked] = []
    for i, change in enumerate(body.changes):
        typed = read(change, f"changes.{i}") if isinstance(change, str) else change
        more, marked = counts(typed, code, f"changes.{i}")
        edits, marks = edits + more, marks + marked
    if marks and calendar.month_index(origin) == 0:
        raise ApiError(
            422, "invalid_request", "the panel begins at this origin: no month lies before it", {"origin": ""}
        )
    panel, idle = edited(issue.panel, origin, code, edits, marks)
    after = build_one(panel, origin).set_index("iso3", drop=False)
    rows = pd.concat([before.loc[[code]], after.loc[[code]]], ignore_index=True)
    moved = _moved(issue, rows)
    flags = str(rows["flags"].iloc[0]).split()
    return ScenarioAnswer(
        **{**stamp(issue), "origin": month(origin)},
        iso3=code,
        horizons=horizons(),
        flags=flags,
        features=moved,
        targets=_curves(issue, rows),
        warnings=[*_unmet(edits, idle), *_warnings(issue, moved)],
    )


def _moved(issue: Issue, rows: pd.DataFrame) -> list[MovedFeature]:
    used, groups = set(issue.publication.inputs["feature"]), group_of()
    pairs = ((n, float(rows[n].iloc[0]), float(rows[n].iloc[1])) for n in feature_names())
    return [
        MovedFeature(name=n, meaning=groups[n].features[n], before=known(a), after=known(b), used=n in used)
        for n, a, b in pairs
        if a != b and not (np.isnan(a) and np.isnan(b))
    ]


def _curves(issue: Issue, rows: pd.DataFrame) -> dict[str, ScenarioCurve]:
    hazards, going_on = issue.model.hazards(rows), states(rows)
    made = {}
    for target in TARGETS:
        curve = np.clip(risks(hazards[target]), 0, 1).round(6).tolist()
        sides = [
            PredictedCurve(state="ongoing" if on else "calm", risk=None if on else line)
            for on, line in zip(going_on[target], curve, strict=True)
        ]
        made[target] = ScenarioCurve(before=sides[0], after=sides[1], moved=_themes(issue, rows, target, going_on))
    return made


def _themes(issue: Issue, rows: pd.DataFrame, target: str, going_on: dict[str, Any]) -> list[MovedTheme]:
    if going_on[target].any():
        return []
    try:
        parts = explain(issue.model, rows, target, [PUBLISHED_HORIZON])[PUBLISHED_HORIZON].parts
    except TypeError:  # a baseline serves: it has curves, and no themes to tell
        return []
    summed = by_theme(parts)
    label = {g.name: g.label for g in group_of().values()}
    order = (summed.iloc[1] - summed.iloc[0]).abs().sort_values(ascending=False).index
    return [
        MovedTheme(group=n, label=label[n], before=float(summed[n].iloc[0]), after=float(summed[n].iloc[1]))
        for n in order
    ]


def _unmet(edits: list[Edit], idle: list[Edit]) -> list[str]:
    tables = sorted({edit.table for edit in idle} - {edit.table for edit in edits if edit not in idle})
    return [f"Nothing is known of `{t}` in these months, or it is nought: there is nothing to change." for t in tables]


def _warnings(issue: Issue, moved: list[MovedFeature]) -> list[str]:
    seen = issue.publication.inputs.set_index("feature")
    told, groups = [], group_of()
    for label in dict.fromkeys(groups[m.name].label for m in moved if not m.used):
        names = ", ".join(m.name for m in moved if not m.used and groups[m.name].label == label)
        told.append(f"No method uses these measures of {label} at this vintage: {names}.")
    for m in moved:
        if not m.used or m.after is None:
            continue
        if m.before is None:
            told.append(f"{m.name} was not reported: part of what moves is that it is known now.")
        low, high = float(seen.at[m.name, "low"]), float(seen.at[m.name, "high"])
        beyond = m.after - high if m.after > high else low - m.after if m.after < low else 0.0
        if beyond > 0:
            told.append(
                f"{m.name} = {m.after:.3g} leaves what the model has seen ({low:.3g} to {high:.3g}) by {beyond:.3g}."
            )
    if not moved:
        told.append("The scenario changes no feature.")
    elif not any(m.used for m in moved):
        told.append("The model uses none of what the scenario changes: both curves are the same.")
    return told
