"""GET /v1/forecasts: the published forecasts, as rows or by capital."""

from collections.abc import Callable
from typing import Annotated, Any, get_args

import pandas as pd
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from data import calendar
from data.contracts.forecasts import FORECASTS
from serving.api.dependencies import CurrentPublication, Iso3
from serving.api.filters import (
    SOME_COUNTRIES,
    AtOrigin,
    Codes,
    Horizons,
    Origins,
    PageWithPlaces,
    Regions,
    Span,
    Targets,
)
from serving.api.formats import PLACES, Accept, collection, documented, negotiate, point, table
from serving.queries.capital import curve_of, ongoing_at, standing_of
from serving.queries.lookup import require_capital, require_published, require_regions, select_span
from serving.queries.provenance import provenance
from serving.queries.versions import version_at
from serving.schemas.fields import Target, null_if_nan, year_month
from serving.schemas.forecasts import CapitalForecast, ForecastList, ForecastRow
from serving.served_publication import ServedPublication

router = APIRouter(prefix="/v1", tags=["forecasts"])


class ForecastFilters(PageWithPlaces, Span):
    """Filters of forecasts; each takes several values, repeated or separated by commas."""

    country: Codes = Field(default_factory=list, description=SOME_COUNTRIES)
    region: Regions = Field(default_factory=list, description="Regions as in /v1/capitals.")
    target: Targets = Field(default_factory=list)
    horizon: Horizons = Field(default_factory=list)
    origin: Origins = Field(default_factory=list, description="YYYY-MM; the newest by default, or give from and to.")


@router.get("/forecasts", response_model=ForecastList, responses=documented(PLACES))
def forecasts(
    served: CurrentPublication, accept: Accept, filters: Annotated[ForecastFilters, Query()]
) -> ForecastList | Response:
    """List published forecasts: of every capital, target and horizon at the newest origin unless filters say otherwise."""
    form = negotiate(filters.format, accept, ("json", "csv", "geojson"))
    rows = _matching(served, filters)
    part = rows.iloc[filters.offset : filters.offset + filters.limit]
    source = provenance(served, rows["origin"].max() if len(rows) else served.newest_origin)
    if form == "geojson":
        points = [_placed(served, row) for row in _rows(served, part)]
        return collection(points, source, len(rows), limit=filters.limit, offset=filters.offset)
    if form != "json":
        return table(part[list(FORECASTS.columns)], form, "forecasts", source, len(rows))
    return ForecastList(
        **source,
        total=len(rows),
        limit=filters.limit,
        offset=filters.offset,
        forecasts=_rows(served, part),
    )


@router.get("/forecasts/{iso3}", response_model=CapitalForecast)
def capital_forecast(iso3: Iso3, served: CurrentPublication, filters: Annotated[AtOrigin, Query()]) -> CapitalForecast:
    """Return one capital's risk curves, ongoing episodes, drivers and data flags."""
    code = require_capital(served, iso3)
    origin = require_published(served, filters.origin)
    capital = served.capitals.loc[code]
    rows = served.forecasts[origin]
    rows = rows[rows["iso3"] == code]
    going_on = ongoing_at(served, code, origin)
    return CapitalForecast(
        **provenance(served, origin),
        iso3=code,
        country=capital["country"],
        capital=capital["capital"],
        horizons=list(calendar.HORIZONS),
        flags=str(rows["flags"].iloc[0]).split() if len(rows) else [],
        standing=served.views.get_or_compute(
            ("standing", origin, code), lambda: standing_of(served.forecasts[origin], code)
        ),
        targets={target: curve_of(served, rows, code, target, going_on) for target in get_args(Target)},
    )


def _matching(served: ServedPublication, filters: ForecastFilters) -> pd.DataFrame:
    codes = [require_capital(served, code, "country") for code in filters.country]
    regions = require_regions(served, filters.region)
    if regions:
        inside = set(served.capitals.index[served.capitals["region"].isin(regions)])
        codes = [code for code in codes or served.capitals.index if code in inside]
    parts = []
    origins = _origins(served, filters)
    for origin in sorted(origins):
        rows = served.forecasts[origin]
        wanted = pd.Series(True, rows.index)
        for column, values in (("iso3", codes), ("target", filters.target), ("horizon", filters.horizon)):
            if values or (column == "iso3" and regions):
                wanted &= rows[column].isin(values)
        parts.append(rows[wanted].assign(model_version=version_at(served, origin)))
    return pd.concat(parts).sort_values(["origin", "iso3", "target", "horizon"], kind="stable")


def _rows(served: ServedPublication, rows: pd.DataFrame) -> list[ForecastRow]:
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
        "model_version",
        "flags",
    ]
    place = served.capitals[["country", "capital"]].to_dict("index")
    write: dict[str, Callable[[Any], object]] = {"origin": year_month, "target_month": year_month, "flags": str.split}
    write |= dict.fromkeys(("risk", "risk_low", "risk_high", "hazard"), null_if_nan)
    return [
        ForecastRow(**row | place[row["iso3"]] | {name: convert(row[name]) for name, convert in write.items()})
        for row in rows[columns].to_dict("records")
    ]


def _origins(served: ServedPublication, filters: ForecastFilters) -> list[pd.Timestamp]:
    origins = [require_published(served, text) for text in dict.fromkeys(filters.origin)]
    if filters.since is None and filters.until is None:
        return origins or [served.newest_origin]
    return select_span(origins or list(served.forecasts), filters.since, filters.until)


def _placed(served: ServedPublication, row: ForecastRow) -> dict[str, Any]:
    seat = served.capitals.loc[row.iso3]
    return point(float(seat["longitude"]), float(seat["latitude"]), row.model_dump())
