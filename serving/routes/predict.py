"""POST /v1/predict: risks of capitals at any origin, and of rows of features for asking "what if"."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from data.settings import settings
from serving.errors import ApiError, ErrorAnswer
from serving.lookup import CurrentIssue
from serving.observed import MAX_OBSERVED
from serving.prediction import horizons, predict
from serving.schemas import PredictAnswer, PredictRequest
from serving.stamp import stamp

router = APIRouter(prefix="/v1", tags=["predictions"])
MAX_INLINE = 20
"""Rows answered without handing them to a thread, which would take longer than they do."""


BODIES: dict[int | str, dict[str, Any]] = {
    413: {"model": ErrorAnswer, "description": f"The body is larger than {settings().max_body_mb:g} MB"},
    415: {"model": ErrorAnswer, "description": "The body is not called JSON by its Content-Type"},
}


async def called_json(request: Request) -> None:
    """Refuse a body that is not called JSON: a page of another origin can send others without asking first."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        given = f"not {kind[:60]!r}" if kind else "and there is none"
        message = f"send the body as Content-Type: application/json, {given}"
        raise ApiError(415, "not_json", message, {"content-type": "is not application/json"})


@router.post("/predict", response_model=PredictAnswer, responses=BODIES, dependencies=[Depends(called_json)])
async def predictions(body: PredictRequest, issue: CurrentIssue, request: Request) -> Response:
    """Predict with the champion for capitals, rows of features, or capitals with some features replaced.

    For an origin in the past the model may have been fitted on what followed: such an answer is not the forecast that
    was issued then, which is at /v1/forecasts.
    """
    few = len(body.rows) <= MAX_INLINE and not any(row.origin for row in body.rows)
    made = predict(issue, body.rows) if few else await run_in_threadpool(predict, issue, body.rows)
    if request.app.state.metrics is not None:
        counted = made[:MAX_OBSERVED]
        request.app.state.metrics.predicted((t, c.risk) for one in counted for t, c in one.targets.items())
    # Written here: what the model made needs no second look, which would take as long as making it.
    answer = PredictAnswer.model_construct(**stamp(issue), horizons=horizons(), predictions=made)
    return Response(answer.model_dump_json(), media_type="application/json")
