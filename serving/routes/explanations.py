"""GET /v1/forecasts/{iso3}/drivers and /analogues: contributions to a risk, and similar past capital-months."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from serving.api.dependencies import CurrentPublication, Iso3
from serving.api.errors import ApiError
from serving.api.filters import AtOrigin
from serving.queries.analogues import find_analogues
from serving.queries.explanations import explain_risk
from serving.queries.lookup import require_capital, require_published
from serving.schemas.explanations import Analogues, Drivers
from serving.schemas.fields import Target

router = APIRouter(prefix="/v1", tags=["explanations"])


class RiskFilters(AtOrigin):
    """Origin, target and horizon of a risk."""

    target: Target = "disruption"
    horizon: int = Field(6, ge=1, le=12)


class AnalogueFilters(RiskFilters):
    """Origin, target and horizon of a risk, and the number of analogues."""

    count: int = Field(20, ge=1, le=100)


@router.get("/forecasts/{iso3}/drivers", response_model=Drivers)
def drivers(iso3: Iso3, served: CurrentPublication, asked: Annotated[RiskFilters, Query()]) -> Drivers:
    """Decompose the log-odds of a risk by theme, exactly, with a plain sentence for each contribution."""
    code = require_capital(served, iso3)
    origin = require_published(served, asked.origin)
    explained = explain_risk(served, code, origin, asked.target, asked.horizon)
    if explained is None:
        message = f"{served.model.name} does not explain {asked.target}; ask the champion or one of its members"
        raise ApiError(404, "not_explained", message)
    return explained


@router.get("/forecasts/{iso3}/analogues", response_model=Analogues)
def analogues(iso3: Iso3, served: CurrentPublication, asked: Annotated[AnalogueFilters, Query()]) -> Analogues:
    """List the past capital-months nearest in the model's inputs, with the months to the onsets that followed."""
    code = require_capital(served, iso3)
    origin = require_published(served, asked.origin)
    return find_analogues(served, code, origin, asked.target, asked.horizon, asked.count)
