"""POST /v1/predict: risks of capitals at any origin, and of rows of features."""

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from serving.api.dependencies import CurrentPublication
from serving.api.request_bodies import BODIES, require_json
from serving.queries.prediction import horizons, predict
from serving.queries.provenance import provenance
from serving.schemas.prediction import PredictionList, PredictRequest

router = APIRouter(prefix="/v1", tags=["predictions"])
MAX_INLINE = 20
"""Rows predicted without a thread, which would take longer than they do."""


@router.post("/predict", response_model=PredictionList, responses=BODIES, dependencies=[Depends(require_json)])
async def predictions(body: PredictRequest, served: CurrentPublication, request: Request) -> Response:
    """Predict with the champion for capitals, rows of features, or capitals with some features replaced.

    For a past origin the model may have been fitted on later months: the prediction is in-sample then, and not the
    forecast that was issued at the time, which is at /v1/forecasts.
    """
    few = len(body.rows) <= MAX_INLINE and not any(row.origin for row in body.rows)
    rows = predict(served, body.rows) if few else await run_in_threadpool(predict, served, body.rows)
    if request.app.state.metrics is not None:
        request.app.state.metrics.count_predictions(rows)
    # Serialized here: validating our own predictions would take as long as making them.
    response = PredictionList.model_construct(**provenance(served), horizons=horizons(), predictions=rows)
    return Response(response.model_dump_json(), media_type="application/json")
