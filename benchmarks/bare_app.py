"""The same model and panel behind bare FastAPI: what the service's prediction is compared with."""

from fastapi import FastAPI

from data.settings import settings
from serving.api.provenance import stamp
from serving.api.schemas import PredictAnswer, PredictRequest
from serving.queries.prediction import predict
from serving.store import load_issue

app = FastAPI()
issue = load_issue(settings().published)


@app.post("/predict")
async def predictions(body: PredictRequest) -> PredictAnswer:
    return PredictAnswer(**stamp(issue), horizons=list(range(1, 13)), predictions=predict(issue, body.rows))
