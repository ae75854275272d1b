"""The same model and panel behind bare FastAPI: what the service's prediction is compared with."""

from fastapi import FastAPI

from data.settings import settings
from serving.queries.prediction import predict
from serving.queries.provenance import provenance
from serving.schemas.prediction import PredictionList, PredictRequest
from serving.served_publication import load_served

app = FastAPI()
served = load_served(settings().published)


@app.post("/predict")
async def predictions(body: PredictRequest) -> PredictionList:
    rows = predict(served, body.rows)
    return PredictionList(**provenance(served), horizons=list(range(1, 13)), predictions=rows)
