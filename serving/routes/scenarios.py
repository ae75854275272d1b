"""POST /v1/scenarios: risks of a capital before and after a change of its newest months."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from serving.api.dependencies import CurrentPublication
from serving.api.request_bodies import BODIES, require_json
from serving.queries.lookup import require_capital, require_in_panel
from serving.queries.scenarios.result import scenario_result
from serving.schemas.fields import Month
from serving.schemas.scenario import ScenarioResult
from serving.schemas.scenario_changes import StructuredChange, TextChange

router = APIRouter(prefix="/v1", tags=["predictions"])


class ScenarioRequest(BaseModel):
    """A capital, an origin, and changes of its newest known months."""

    model_config = ConfigDict(extra="forbid")
    iso3: str = Field(max_length=60, examples=["MLI"])
    origin: Month | None = Field(None, description="YYYY-MM; the newest by default.", examples=["2026-10"])
    changes: list[Annotated[StructuredChange | TextChange, Field(union_mode="left_to_right")]] = Field(
        min_length=1, max_length=20, examples=[["airport district fighting 20 deaths", "coup attempt"]]
    )


@router.post("/scenarios", response_model=ScenarioResult, responses=BODIES, dependencies=[Depends(require_json)])
def scenarios(body: ScenarioRequest, served: CurrentPublication) -> ScenarioResult:
    """Change the counts of a capital's newest known months, build its features again and compare both forecasts.

    Changes are structured objects or plain sentences. Months that nobody reported are assumed quiet in both curves, so that
    they differ by the change alone. A scenario shows what today's model would forecast, not what such an event would cause.
    """
    origin = require_in_panel(served, body.origin)
    return scenario_result(served, require_capital(served, body.iso3), origin, body.changes)
