"""POST /v1/predict: risks of capitals at any origin, and of rows of features for asking "what if"."""

from typing import Any

from fastapi import APIRouter

from serving.errors import ErrorAnswer
from serving.lookup import CurrentIssue
from serving.prediction import horizons, predict
from serving.schemas import PredictAnswer, PredictRequest
from serving.stamp import stamp

router = APIRouter(prefix="/v1", tags=["predictions"])


TOO_LARGE: dict[int | str, dict[str, Any]] = {
    413: {"model": ErrorAnswer, "description": "The body is larger than 8 MB"}
}


@router.post("/predict", response_model=PredictAnswer, responses=TOO_LARGE)
def predictions(body: PredictRequest, issue: CurrentIssue) -> PredictAnswer:
    """Predict with the champion for capitals, rows of features, or capitals with some features replaced.

    For an origin in the past the model may have been fitted on what followed: such an answer is not the forecast that
    was issued then, which is at /v1/forecasts.
    """
    made = predict(issue, body.rows)
    return PredictAnswer(**stamp(issue), horizons=horizons(), predictions=made)
