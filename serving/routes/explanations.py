"""GET /v1/forecasts/{iso3}/drivers and /analogues: why a risk is what it is, and what followed when things were alike."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import pandas as pd
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from data import calendar
from serving.api.errors import ApiError
from serving.api.filters import AtOrigin
from serving.api.lookup import CurrentIssue, Iso3, require_capital, require_published
from serving.api.provenance import month, stamp
from serving.api.schemas import Driver, Risk, Stamped, State, Target
from serving.store import Issue
from training.dataset.folds import LABEL_LAG_MONTHS
from training.dataset.target import outcomes
from training.explanation.drivers import explain, themes
from training.forecasting.forecast import states

router = APIRouter(prefix="/v1", tags=["explanations"])


class Drivers(Stamped):
    """Log-odds of a risk taken apart: base + contributions + bend = log_odds; null while an episode is going on."""

    iso3: str
    target: Target
    horizon: int
    target_month: str
    state: State
    risk: Risk | None = Field(
        description="What today's champion says of the features as they were known at the origin."
    )
    published_risk: Risk | None = Field(description="What was published; at past origins an earlier fit said it.")
    base: float | None = Field(description="Log-odds where every feature is average.")
    bend: float | None = Field(description="What keeps a part below any disruption; 0 for disruption.")
    log_odds: float | None
    drivers: list[Driver]


class Analogue(BaseModel):
    """A past capital-month and the months from it to the next onset of each target; null where none came in a year."""

    iso3: str
    country: str
    capital: str
    origin: str
    distance: float = Field(description="Root of the weighted mean square of standardised differences; 0 is the same.")
    followed: dict[str, int | None]
    going_on: list[str] = Field(description="Targets of which an episode was going on then.")


class Analogues(Stamped):
    """The closest past capital-months whose following year was over at the origin, nearest first."""

    iso3: str
    target: Target
    horizon: int
    calm: int = Field(description="Analogues in which no episode of the target was going on.")
    disrupted: int = Field(description="Those of them with an onset of the target within the horizon.")
    summary: str = Field(examples=["Of the 20 closest situations 6 saw disruption within 6 months."])
    analogues: list[Analogue]


class OfOne(AtOrigin):
    """Which risk."""

    target: Target = "disruption"
    horizon: int = Field(6, ge=1, le=12)


class ManyLike(OfOne):
    """Which risk, and how many analogues."""

    count: int = Field(20, ge=1, le=100)


@router.get("/forecasts/{iso3}/drivers", response_model=Drivers)
def drivers(iso3: Iso3, issue: CurrentIssue, asked: Annotated[OfOne, Query()]) -> Drivers:
    """Take a risk apart by theme, exactly, with a plain sentence for each; `contribution` is in log-odds."""
    code = require_capital(issue, iso3)
    origin = require_published(issue, asked.origin)
    row = issue.features(origin).loc[[code]]
    rows = issue.forecasts[origin]
    own = rows[(rows["iso3"] == code) & (rows["target"] == asked.target) & (rows["horizon"] == asked.horizon)]
    said = float(own["risk"].iloc[0]) if len(own) else np.nan
    target_month = calendar.month_at(calendar.month_index(origin) + asked.horizon)
    head: dict[str, Any] = {
        **stamp(issue, origin),
        "iso3": code,
        "target": asked.target,
        "horizon": asked.horizon,
        "target_month": month(target_month),
        "published_risk": None if np.isnan(said) else said,
    }
    if states(row)[asked.target][0]:
        return Drivers(**head, state="ongoing", risk=None, base=None, bend=None, log_odds=None, drivers=[])
    try:
        found = explain(issue.model, row, asked.target, [asked.horizon])[asked.horizon]
    except TypeError as error:
        raise ApiError(404, "not_explained", str(error)) from error
    told = themes(row.iloc[0], found.parts.iloc[0])
    names = ("rank", "group", "label", "contribution", "sentence")
    return Drivers(
        **head,
        state="calm",
        risk=float(1 / (1 + np.exp(-found.log_odds[0]))),
        base=float(found.base[0]),
        bend=float(found.bend[0]),
        log_odds=float(found.log_odds[0]),
        drivers=[Driver(**dict(zip(names, (rank, *theme), strict=True))) for rank, theme in enumerate(told, 1)],
    )


@router.get("/forecasts/{iso3}/analogues", response_model=Analogues)
def analogues(iso3: Iso3, issue: CurrentIssue, asked: Annotated[ManyLike, Query()]) -> Analogues:
    """List the past capital-months most like this one in what moves the model, and what followed them."""
    code = require_capital(issue, iso3)
    origin = require_published(issue, asked.origin)
    listed = alike(issue, code, origin, asked.target, asked.count)
    calm, hit = tally(listed, asked.target, asked.horizon)
    span = "a month" if asked.horizon == 1 else f"{asked.horizon} months"
    return Analogues(
        **stamp(issue, origin),
        iso3=code,
        target=asked.target,
        horizon=asked.horizon,
        calm=calm,
        disrupted=len(hit),
        summary=f"Of the {calm} closest situations {len(hit)} saw {asked.target} within {span}.",
        analogues=listed,
    )


def alike(issue: Issue, iso3: str, origin: pd.Timestamp, target: str, count: int) -> list[Analogue]:
    """Return the past capital-months most like one in what moves a target, whose following year was over at the origin."""
    known_until = min(calendar.month_index(origin) - LABEL_LAG_MONTHS, issue.panel.reached)
    found = issue.situations.closest(issue.features(origin).loc[[iso3]], target, known_until, count)
    return _followed(issue, found.to_dict("records"))


def tally(listed: Sequence[Analogue], target: str, horizon: int) -> tuple[int, list[Analogue]]:
    """Return how many analogues were calm, and those of them with an onset of the target within the horizon."""
    calm = [a for a in listed if target not in a.going_on]
    return len(calm), [a for a in calm if (a.followed[target] or 99) <= horizon]


def _followed(issue: Issue, rows: list[dict[str, Any]]) -> list[Analogue]:
    units = issue.panel.units.set_index("iso3")
    at = calendar.month_indices(pd.Series([row["origin"] for row in rows], dtype="datetime64[us]"))
    unit = {code: i for i, code in enumerate(issue.panel.iso3)}
    place = [unit[row["iso3"]] for row in rows], np.arange(len(rows))
    truth = outcomes(issue.panel)
    first = {target: told.first_onset(at)[place] for target, told in truth.items()}
    calm = {target: told.calm(at)[place] for target, told in truth.items()}
    return [
        Analogue(
            iso3=row["iso3"],
            country=units.at[row["iso3"], "country"],
            capital=units.at[row["iso3"], "capital"],
            origin=month(row["origin"]),
            distance=round(float(row["distance"]), 4),
            followed={t: int(months[i]) if months[i] <= 12 else None for t, months in first.items()},
            going_on=[t for t, quiet in calm.items() if not quiet[i]],
        )
        for i, row in enumerate(rows)
    ]
