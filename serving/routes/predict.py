"""POST /v1/predict: risks of capitals at any origin, and of rows of features for asking "what if"."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from serving.errors import ErrorAnswer
from serving.lookup import CurrentIssue
from serving.observed import MAX_OBSERVED
from serving.prediction import horizons, predict
from serving.schemas import PredictAnswer, PredictRequest
from serving.stamp import stamp

router = APIRouter(prefix="/v1", tags=["predictions"])
MAX_INLINE = 20
"""Rows answered without handing them to a thread, which would take longer than they do."""


TOO_LARGE: dict[int | str, dict[str, Any]] = {
    413: {"model": ErrorAnswer, "description": "The body is larger than 8 MB"}
}


@router.post("/predict", response_model=PredictAnswer, responses=TOO_LARGE)
async def predictions(body: PredictRequest, issue: CurrentIssue, request: Request) -> PredictAnswer:
    """Predict with the champion for capitals, rows of features, or capitals with some features replaced.

    For an origin in the past the model may have been fitted on what followed: such an answer is not the forecast that
    was issued then, which is at /v1/forecasts.
    """
    few = len(body.rows) <= MAX_INLINE and not any(row.origin for row in body.rows)
    made = predict(issue, body.rows) if few else await run_in_threadpool(predict, issue, body.rows)
    if request.app.state.metrics is not None:
        counted = made[:MAX_OBSERVED]
        request.app.state.metrics.predicted((t, c.risk) for one in counted for t, c in one.targets.items())
    return PredictAnswer(**stamp(issue), horizons=horizons(), predictions=made)
