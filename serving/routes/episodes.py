"""GET /v1/episodes: the episodes of disruption."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, Field

from serving.api.dependencies import CurrentPublication
from serving.api.filters import SOME_COUNTRIES, Codes, Filters, commas
from serving.queries.lookup import require_capital
from serving.queries.provenance import provenance
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


@router.get("/episodes", response_model=EpisodeList)
def episodes(served: CurrentPublication, filters: Annotated[EpisodeFilters, Query()]) -> EpisodeList:
    """List the episodes against which forecasts are scored, oldest first; `attack` is an input of the model and no target."""
    rows = served.episodes
    if filters.country:
        rows = rows[rows["iso3"].isin([require_capital(served, code, "country") for code in filters.country])]
    if filters.kind:
        rows = rows[rows["kind"].isin(filters.kind)]
    ordered = rows.sort_values(["start", "iso3", "kind"]).to_dict("records")
    episodes = [Episode(**row | {"start": year_month(row["start"]), "end": year_month(row["end"])}) for row in ordered]
    return EpisodeList(**provenance(served), total=len(episodes), episodes=episodes)
