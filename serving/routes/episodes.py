"""GET /v1/episodes: the episodes of disruption."""

from typing import Annotated, Literal

import pandas as pd
from fastapi import APIRouter, Query
from pydantic import BeforeValidator, Field
from starlette.responses import Response

from serving.api.dependencies import CurrentPublication
from serving.api.filters import SOME_COUNTRIES, Codes, Filters, commas
from serving.api.formats import ROWS, Accept, documented, negotiate, table
from serving.queries.lookup import require_capital
from serving.queries.provenance import provenance
from serving.queries.reference.catalogue import catalogue, known_to
from serving.schemas.episodes import Episode, EpisodeList
from serving.schemas.fields import year_month

router = APIRouter(prefix="/v1", tags=["episodes"])
Kind = Literal[
    "fighting",
    "siege",
    "supply",
    "shortage",
    "takeover",
    "coup",
    "coup_attempt",
    "uprising",
    "attack",
    "foreign_strike",
]


class EpisodeFilters(Filters):
    """Filters of episodes; each takes several values, repeated or separated by commas."""

    country: Codes = Field(default_factory=list, description=SOME_COUNTRIES)
    kind: Annotated[list[Kind], BeforeValidator(commas)] = Field(default_factory=list)
    doubtful: bool = Field(False, description="Include episodes of confidence L, which count for no target.")
    format: Literal["json", "csv", "hxl"] | None = Field(
        None, description="`hxl` is CSV with a row of HXL tags; by default the format of the Accept header, else JSON."
    )


@router.get("/episodes", response_model=EpisodeList, responses=documented(ROWS))
def episodes(
    served: CurrentPublication, accept: Accept, filters: Annotated[EpisodeFilters, Query()]
) -> EpisodeList | Response:
    """List the episodes against which forecasts are scored, oldest first; `attack` is an input of the model and no target."""
    form = negotiate(filters.format, accept, ("json", "csv"))
    rows = catalogue(served, doubtful=filters.doubtful)
    if filters.country:
        rows = rows[rows["iso3"].isin([require_capital(served, code, "country") for code in filters.country])]
    if filters.kind:
        rows = rows[rows["kind"].isin(filters.kind)]
    if form != "json":
        return table(rows, form, "episodes", provenance(served), len(rows))
    return EpisodeList(
        **provenance(served),
        known_to=year_month(known_to(served)),
        total=len(rows),
        episodes=[
            Episode(
                iso3=r.iso3,
                capital=r.capital,
                start=year_month(r.start),
                end=year_month(r.end),
                kind=r.kind,
                confidence=r.confidence,
                reason=r.reason,
                last_confirmed=year_month(r.last_confirmed) if pd.notna(r.last_confirmed) else None,
                evidence=r.evidence,
                source=r.source,
            )
            for r in rows.itertuples()
        ],
    )
