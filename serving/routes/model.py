"""GET /v1/model and /v1/model/card: the served model, its backtest scores and its model card."""

import pandas as pd
from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.api.dependencies import CurrentPublication
from serving.api.errors import ApiError
from serving.queries.provenance import provenance
from serving.schemas.fields import null_if_nan
from serving.schemas.model import Difference, ModelCard, Score
from serving.store import Store
from training.models.registry import REFERENCES

MARKDOWN = "text/markdown"
router = APIRouter(prefix="/v1", tags=["model"])


@router.get("/model", response_model=ModelCard)
def model(served: CurrentPublication, request: Request) -> ModelCard:
    """Return the champion with its backtest scores, those of its references, and the differences between them."""
    info, name = served.publication.info, served.model.name
    store: Store = request.app.state.store
    state = store.state
    table = served.publication.skill
    scored = table[table["model"].isin([name, *REFERENCES])]
    differences = served.publication.differences
    differences = differences[(differences["model"] == name) & differences["reference"].isin(REFERENCES)]
    row = served.forecasts[served.newest_origin].iloc[0]
    return ModelCard(
        **provenance(served),
        title=info.title or served.model.title,
        run_id=info.run_id or None,
        as_of=pd.Timestamp(row["as_of"]).tz_localize("UTC"),
        publication=served.id,
        refused=state.rejection,
        registry=state.registry_mismatch,
        references=[*REFERENCES],
        skill=[Score(**r | {"value": null_if_nan(r["value"])}) for r in scored.to_dict("records")],
        differences=[
            Difference(**r | {column: null_if_nan(r[column]) for column in ("value", "low", "high")})
            for r in differences.to_dict("records")
        ],
    )


@router.get(
    "/model/card",
    response_class=Response,
    responses={200: {"content": {MARKDOWN: {"schema": {"type": "string"}}}, "description": "The card"}},
)
def model_card(served: CurrentPublication) -> Response:
    """Return the model card in Markdown: use, skill against the baselines, calibration, limits, data and licences, known failures."""
    card = served.publication.card
    if not card:
        raise ApiError(404, "no_card", f"publication {served.id} has no model card; run `chokepoint retrain`")
    return Response(card, media_type=MARKDOWN)
