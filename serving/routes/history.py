"""GET /v1/capitals/{iso3}/history: past forecasts of a capital since 1999 with their outcomes."""

from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from serving.api.dependencies import CurrentPublication, Iso3
from serving.api.filters import Horizons, Page, Span, Targets
from serving.api.formats import ROWS, Accept, documented, negotiate, table
from serving.queries.lookup import require_capital, select_span
from serving.queries.past_forecasts import past_forecasts
from serving.queries.provenance import provenance
from serving.schemas.fields import null_if_nan, year_month
from serving.schemas.history import CapitalHistory, PastForecast

router = APIRouter(prefix="/v1", tags=["forecasts"])


class HistoryFilters(Page, Span):
    """Filters of past forecasts; horizons are 1, 3, 6 and 12, and six months by default."""

    target: Targets = Field(default_factory=list)
    horizon: Horizons = Field(default_factory=lambda: [6])


@router.get("/capitals/{iso3}/history", response_model=CapitalHistory, responses=documented(ROWS))
def history(
    iso3: Iso3, served: CurrentPublication, accept: Accept, filters: Annotated[HistoryFilters, Query()]
) -> CapitalHistory | Response:
    """List past forecasts of a capital, each from data as known at its origin, with their outcomes."""
    code = require_capital(served, iso3)
    form = negotiate(filters.format, accept, ("json", "csv"))
    rows = past_forecasts(served, code)
    if filters.target:
        rows = rows[rows["target"].isin(filters.target)]
    if filters.since is not None or filters.until is not None:
        rows = rows[rows["origin"].isin(select_span(sorted(rows["origin"].unique()), filters.since, filters.until))]
    rows = rows[rows["horizon"].isin(filters.horizon)]
    part = rows.iloc[filters.offset : filters.offset + filters.limit]
    if form != "json":
        return table(part, form, f"history-{code}", provenance(served), len(rows))
    forecasts = [
        PastForecast(
            origin=year_month(r.origin),
            target=r.target,
            horizon=r.horizon,
            target_month=year_month(r.target_month),
            risk=null_if_nan(float(r.risk)),
            outcome=r.outcome,
            onset_month=year_month(r.onset_month) if pd.notna(r.onset_month) else None,
            model_version=r.model_version,
        )
        for r in part.itertuples()
    ]
    return CapitalHistory(
        **provenance(served),
        iso3=code,
        total=len(rows),
        limit=filters.limit,
        offset=filters.offset,
        forecasts=forecasts,
    )
