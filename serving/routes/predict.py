"""POST /v1/predict: risks of capitals at any origin, and of rows of features for asking "what if"."""

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from serving.api.dependencies import CurrentPublication
from serving.api.request_bodies import BODIES, called_json
from serving.queries.prediction import horizons, predict
from serving.queries.provenance import provenance
from serving.schemas.prediction import PredictionList, PredictRequest

router = APIRouter(prefix="/v1", tags=["predictions"])
MAX_INLINE = 20
"""Rows answered without handing them to a thread, which would take longer than they do."""


@router.post("/predict", response_model=PredictionList, responses=BODIES, dependencies=[Depends(called_json)])
async def predictions(body: PredictRequest, served: CurrentPublication, request: Request) -> Response:
    """Predict with the champion for capitals, rows of features, or capitals with some features replaced.

    For an origin in the past the model may have been fitted on what followed: such an answer is not the forecast that
    was issued then, which is at /v1/forecasts.
    """
    few = len(body.rows) <= MAX_INLINE and not any(row.origin for row in body.rows)
    made = predict(served, body.rows) if few else await run_in_threadpool(predict, served, body.rows)
    if request.app.state.metrics is not None:
        request.app.state.metrics.count_predictions(made)
    # Written here: what the model made needs no second look, which would take as long as making it.
    answer = PredictionList.model_construct(**provenance(served), horizons=horizons(), predictions=made)
    return Response(answer.model_dump_json(), media_type="application/json")
