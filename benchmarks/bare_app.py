"""The same model and panel behind bare FastAPI: what the service's prediction is compared with."""

from fastapi import FastAPI

from data.settings import settings
from serving.queries.prediction import predict
from serving.queries.provenance import stamp
from serving.schemas.prediction import PredictAnswer, PredictRequest
from serving.store import load_issue

app = FastAPI()
issue = load_issue(settings().published)


@app.post("/predict")
async def predictions(body: PredictRequest) -> PredictAnswer:
    return PredictAnswer(**stamp(issue), horizons=list(range(1, 13)), predictions=predict(issue, body.rows))
