"""GET /v1/forecasts: the published risks, as rows or as everything about one capital."""

from collections.abc import Callable
from typing import Annotated, Any, get_args

import pandas as pd
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from data import calendar
from data.contracts import FORECASTS
from serving.capital_record import curve_of, ongoing_at
from serving.filters import SOME_COUNTRIES, AtOrigin, Codes, Horizons, Origins, Page, Targets
from serving.lookup import CurrentIssue, Iso3, require_capital, require_published
from serving.schemas import CapitalForecast, ForecastList, ForecastRow, Target
from serving.stamp import known, month, stamp
from serving.state import Issue

router = APIRouter(prefix="/v1", tags=["forecasts"])


class ForecastFilters(Page):
    """Which forecasts; every filter takes several values, repeated or separated by commas."""

    country: Codes = Field(default_factory=list, description=SOME_COUNTRIES)
    target: Targets = Field(default_factory=list)
    horizon: Horizons = Field(default_factory=list)
    origin: Origins = Field(default_factory=list, description="YYYY-MM; the newest by default.")


@router.get(
    "/forecasts",
    response_model=ForecastList,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "Rows, as JSON or CSV"}},
)
def forecasts(issue: CurrentIssue, filters: Annotated[ForecastFilters, Query()]) -> ForecastList | Response:
    """List published forecasts: of every capital, target and horizon at the newest origin unless filters say otherwise."""
    rows = _matching(issue, filters)
    part = rows.iloc[filters.offset : filters.offset + filters.limit]
    if filters.format == "csv":
        return _csv(part, len(rows))
    newest = rows["origin"].max() if len(rows) else issue.newest
    return ForecastList(
        **stamp(issue, newest),
        total=len(rows),
        limit=filters.limit,
        offset=filters.offset,
        forecasts=_rows(issue, part),
    )


@router.get("/forecasts/{iso3}", response_model=CapitalForecast)
def capital_forecast(iso3: Iso3, issue: CurrentIssue, given: Annotated[AtOrigin, Query()]) -> CapitalForecast:
    """Return one capital's risk curves, what is going on there, the drivers of its risks and the state of its feeds."""
    code = require_capital(issue, iso3)
    origin = require_published(issue, given.origin)
    place = issue.capitals.loc[code]
    rows = issue.forecasts[origin]
    own = rows[rows["iso3"] == code]
    going_on = ongoing_at(issue, code, origin)
    return CapitalForecast(
        **stamp(issue, origin),
        iso3=code,
        country=place["country"],
        capital=place["capital"],
        horizons=list(calendar.HORIZONS),
        flags=str(own["flags"].iloc[0]).split() if len(own) else [],
        targets={target: curve_of(issue, own, code, target, going_on) for target in get_args(Target)},
    )


def _matching(issue: Issue, filters: ForecastFilters) -> pd.DataFrame:
    codes = [require_capital(issue, code, "country") for code in filters.country]
    origins = [require_published(issue, text) for text in dict.fromkeys(filters.origin)] or [issue.newest]
    parts = []
    for origin in sorted(origins):
        rows = issue.forecasts[origin]
        wanted = pd.Series(True, rows.index)
        for column, values in (("iso3", codes), ("target", filters.target), ("horizon", filters.horizon)):
            if values:
                wanted &= rows[column].isin(values)
        parts.append(rows[wanted])
    return pd.concat(parts).sort_values(["origin", "iso3", "target", "horizon"], kind="stable")


def _rows(issue: Issue, rows: pd.DataFrame) -> list[ForecastRow]:
    columns = [
        "origin",
        "iso3",
        "target",
        "horizon",
        "target_month",
        "risk",
        "risk_low",
        "risk_high",
        "hazard",
        "state",
        "flags",
    ]
    place = issue.capitals[["country", "capital"]].to_dict("index")
    write: dict[str, Callable[[Any], object]] = {"origin": month, "target_month": month, "flags": str.split}
    write |= dict.fromkeys(("risk", "risk_low", "risk_high", "hazard"), known)
    return [
        ForecastRow(**row | place[row["iso3"]] | {name: convert(row[name]) for name, convert in write.items()})
        for row in rows[columns].to_dict("records")
    ]


def _csv(rows: pd.DataFrame, total: int) -> Response:
    text = rows[list(FORECASTS.columns)].to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n")
    headers = {"X-Total-Count": str(total), "Content-Disposition": 'attachment; filename="forecasts.csv"'}
    return Response(text, media_type="text/csv", headers=headers)
