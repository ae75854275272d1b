"""GET /v1/capitals/{iso3}/history: what was forecast for a capital since 1999, and what happened."""

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from data import calendar
from serving.api.filters import Horizons, Page, Span, Targets
from serving.api.formats import ROWS, Accept, chosen, documented, table
from serving.api.lookup import CurrentIssue, Iso3, require_capital, within
from serving.api.provenance import known, month, stamp
from serving.api.schemas import Risk, Stamped, Target
from serving.store import Issue
from training.dataset.target import outcomes

router = APIRouter(prefix="/v1", tags=["forecasts"])
Outcome = Literal["onset", "none", "open", "ongoing"]


class PastForecast(BaseModel):
    """A forecast and what followed: an onset in `onset_month`, none, not known yet, or an episode was going on already."""

    origin: str
    target: Target
    horizon: int
    target_month: str
    risk: Risk | None
    outcome: Outcome
    onset_month: str | None


class CapitalHistory(Stamped):
    """A page of past forecasts, oldest first; those before the newest two origins are of the rolling backtest."""

    iso3: str
    total: int
    limit: int
    offset: int
    forecasts: list[PastForecast]


class HistoryFilters(Page, Span):
    """Which past forecasts; horizons are 1, 3, 6 and 12, and six months by default."""

    target: Targets = Field(default_factory=list)
    horizon: Horizons = Field(default_factory=lambda: [6])


@router.get("/capitals/{iso3}/history", response_model=CapitalHistory, responses=documented(ROWS))
def history(
    iso3: Iso3, issue: CurrentIssue, accept: Accept, filters: Annotated[HistoryFilters, Query()]
) -> CapitalHistory | Response:
    """List what was forecast for a capital, knowing only what was known then, and what happened."""
    code = require_capital(issue, iso3)
    form = chosen(filters.format, accept, ("json", "csv"))
    rows = past_forecasts(issue, code)
    if filters.target:
        rows = rows[rows["target"].isin(filters.target)]
    if filters.since is not None or filters.until is not None:
        rows = rows[rows["origin"].isin(within(sorted(rows["origin"].unique()), filters.since, filters.until))]
    rows = rows[rows["horizon"].isin(filters.horizon)]
    part = rows.iloc[filters.offset : filters.offset + filters.limit]
    if form != "json":
        return table(part, form, f"history-{code}", stamp(issue), len(rows))
    listed = [
        PastForecast(
            origin=month(r.origin),
            target=r.target,
            horizon=r.horizon,
            target_month=month(r.target_month),
            risk=known(float(r.risk)),
            outcome=r.outcome,
            onset_month=month(r.onset_month) if pd.notna(r.onset_month) else None,
        )
        for r in part.itertuples()
    ]
    return CapitalHistory(
        **stamp(issue), iso3=code, total=len(rows), limit=filters.limit, offset=filters.offset, forecasts=listed
    )


def past_forecasts(issue: Issue, iso3: str) -> pd.DataFrame:
    """Return a capital's forecasts of all published origins and reported horizons with their outcomes, oldest first.

    Columns origin, iso3, target, horizon, target_month, risk, outcome, onset_month.
    """
    wide = issue.publication.history
    wide = wide[wide["iso3"] == iso3]
    long = wide.melt(["origin", "iso3", "target"], var_name="horizon", value_name="risk")
    long = long.assign(horizon=long["horizon"].str[1:].astype(int), target=long["target"].astype(str))
    long = long.sort_values(["origin", "target", "horizon"], ignore_index=True)
    truth, unit = outcomes(issue.panel), issue.panel.iso3.index(iso3)
    origins = calendar.month_indices(long["origin"])
    first, observed, calm = (np.zeros(len(long)) for _ in range(3))
    for target, told in truth.items():
        here = (long["target"] == target).to_numpy()
        first[here] = told.first_onset(origins[here])[unit]
        calm[here] = told.calm(origins[here])[unit]
        for horizon in long["horizon"].unique():
            at = here & (long["horizon"] == horizon).to_numpy()
            observed[at] = told.observed(origins[at], int(horizon))[unit]
    choices = [np.isnan(long["risk"]) | (calm == 0), observed == 1, observed == 0]
    outcome = np.select(choices, ["ongoing", "onset", "none"], "open")
    onset = [
        calendar.month_at(int(o + f)) if w == "onset" else pd.NaT
        for o, f, w in zip(origins, first, outcome, strict=True)
    ]
    target_month = [calendar.month_at(int(o) + h) for o, h in zip(origins, long["horizon"], strict=True)]
    made = long.assign(target_month=target_month, outcome=outcome, onset_month=pd.to_datetime(pd.Series(onset)))
    return made[["origin", "iso3", "target", "horizon", "target_month", "risk", "outcome", "onset_month"]]
