"""GET /v1/corridors, /v1/sources and /v1/skill: supply corridors, data sources and backtest scores."""

from typing import Annotated, Any

import pandas as pd
import shapely
from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from starlette.responses import Response

from data.reference_tables import read_corridors
from data.settings import settings
from data.source_status import feed_statuses
from serving.api.dependencies import CurrentPublication
from serving.api.filters import SOME_COUNTRIES, Codes, Filters, Horizons, Page, Targets
from serving.api.formats import MEDIA, PLACES, ROWS, Accept, collection, documented, negotiate, table
from serving.queries.lookup import require_capital
from serving.queries.provenance import provenance
from serving.schemas.fields import null_if_nan
from serving.schemas.model import Difference, Score
from serving.schemas.reference import SkillList, SourceList, SourceState

router = APIRouter(prefix="/v1", tags=["reference"])


class CorridorFilters(Filters):
    """Filters of corridors."""

    country: Codes = Field(default_factory=list, description=SOME_COUNTRIES)


class SkillFilters(Page):
    """Filters of scores."""

    target: Targets = Field(default_factory=list)
    horizon: Horizons = Field(default_factory=list)
    window: Codes = Field(default_factory=list, description="Spans of origins: all, since_2015, since_2020.")
    model: Codes = Field(default_factory=list, description="Methods, such as stack,own_history.")
    metric: Codes = Field(default_factory=list)
    episodes: Codes = Field(default_factory=list, description="Versions of the catalogue: version_1, current.")


@router.get(
    "/corridors",
    response_model=None,
    responses={200: {"description": "Corridors", "content": {MEDIA["geojson"]: PLACES["content"][MEDIA["geojson"]]}}},
)
def corridors(served: CurrentPublication, filters: Annotated[CorridorFilters, Query()]) -> Response:
    """Return the supply corridors of capitals as GeoJSON lines, from the point of entry to the seat of government."""
    rows = read_corridors()
    if filters.country:
        rows = rows[rows["iso3"].isin([require_capital(served, code, "country") for code in filters.country])]
    columns = ["iso3", "corridor", "name", "start", "start_kind", "mode", "carries", "via", "source"]
    lines = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(shapely.from_wkt(row["wkt"])),
            "properties": properties,
        }
        for row, properties in zip(rows.to_dict("records"), rows[columns].to_dict("records"), strict=True)
    ]
    return collection(lines, provenance(served), len(lines))


@router.get("/sources", response_model=SourceList)
async def sources(served: CurrentPublication, response: Response) -> SourceList:
    """List the sources with their licences and their freshness on this machine; not cached, as freshness depends on the clock."""
    all_feeds = await run_in_threadpool(feed_statuses, settings().home)
    response.headers["cache-control"] = "no-store"
    listed = [
        SourceState(
            name=f.source.name,
            title=f.source.title,
            publisher=f.source.publisher,
            licence=f.source.licence,
            citation=f.source.citation,
            url=f.source.url,
            state=f.state,
            newest_month=f.newest_month,
            in_panel_to=f.panel_month,
            age_months=f.age_months,
            expected_age_months=f.expected_months,
            max_age_months=f.limit_months,
            in_use=f.in_use,
            last_success=f.last_success,
            needed=f.needed,
        )
        for f in all_feeds
    ]
    return SourceList(**provenance(served), total=len(listed), sources=listed)


@router.get("/skill", response_model=SkillList, responses=documented(ROWS))
def skill(
    served: CurrentPublication, accept: Accept, filters: Annotated[SkillFilters, Query()]
) -> SkillList | Response:
    """List the backtest scores of every method, and the champion's differences with 95 % intervals."""
    form = negotiate(filters.format, accept, ("json", "csv"))
    rows = _matching(served.publication.skill, filters)
    part = rows.iloc[filters.offset : filters.offset + filters.limit]
    if form != "json":
        return table(part, form, "skill", provenance(served), len(rows))
    differences = _matching(served.publication.differences, filters).head(filters.limit)
    return SkillList(
        **provenance(served),
        total=len(rows),
        limit=filters.limit,
        offset=filters.offset,
        skill=[Score(**_with_nulls(r, "value")) for r in part.to_dict("records")],
        differences=[Difference(**_with_nulls(r, "value", "low", "high")) for r in differences.to_dict("records")],
    )


def _matching(rows: pd.DataFrame, filters: SkillFilters) -> pd.DataFrame:
    for column in ("target", "horizon", "window", "model", "metric", "episodes"):
        wanted = getattr(filters, column)
        if wanted:
            rows = rows[rows[column].isin(wanted)]
    return rows


def _with_nulls(row: dict[str, Any], *numbers: str) -> dict[str, Any]:
    return row | {name: null_if_nan(float(row[name])) for name in numbers}
