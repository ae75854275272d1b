"""GET /v1/forecasts/{iso3}/drivers and /analogues: why a risk is what it is, and what followed when things were alike."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from serving.api.dependencies import CurrentPublication, Iso3
from serving.api.errors import ApiError
from serving.api.filters import AtOrigin
from serving.queries import explanations
from serving.queries.lookup import require_capital, require_published
from serving.schemas.explanations import Analogues, Drivers
from serving.schemas.fields import Target

router = APIRouter(prefix="/v1", tags=["explanations"])


class OfOne(AtOrigin):
    """Which risk."""

    target: Target = "disruption"
    horizon: int = Field(6, ge=1, le=12)


class ManyLike(OfOne):
    """Which risk, and how many analogues."""

    count: int = Field(20, ge=1, le=100)


@router.get("/forecasts/{iso3}/drivers", response_model=Drivers)
def drivers(iso3: Iso3, served: CurrentPublication, asked: Annotated[OfOne, Query()]) -> Drivers:
    """Take a risk apart by theme, exactly, with a plain sentence for each; `contribution` is in log-odds."""
    code = require_capital(served, iso3)
    origin = require_published(served, asked.origin)
    drivers = explanations.drivers(served, code, origin, asked.target, asked.horizon)
    if drivers is None:
        message = f"{served.model.name} does not explain {asked.target}; ask the champion or one of its members"
        raise ApiError(404, "not_explained", message)
    return drivers


@router.get("/forecasts/{iso3}/analogues", response_model=Analogues)
def analogues(iso3: Iso3, served: CurrentPublication, asked: Annotated[ManyLike, Query()]) -> Analogues:
    """List the past capital-months most like this one in what moves the model, and what followed them."""
    code = require_capital(served, iso3)
    origin = require_published(served, asked.origin)
    return explanations.analogues(served, code, origin, asked.target, asked.horizon, asked.count)
