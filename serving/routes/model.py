"""GET /v1/model and its card: which model answers, how well it did, and what it is for."""

import pandas as pd
from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.api.dependencies import CurrentPublication
from serving.api.errors import ApiError
from serving.queries.provenance import provenance
from serving.schemas.fields import null_if_nan
from serving.schemas.model import Difference, ModelCard, Score
from serving.store import Store
from training.evaluation.judge import REFERENCES

MARKDOWN = "text/markdown"
router = APIRouter(prefix="/v1", tags=["model"])


@router.get("/model", response_model=ModelCard)
def model(served: CurrentPublication, request: Request) -> ModelCard:
    """Describe the champion, with the scores of its backtest beside those of its references, and its differences to them."""
    info, name = served.publication.info, served.model.name
    store: Store = request.app.state.store
    state = store.state
    table = served.publication.skill
    scored = table[table["model"].isin([name, *REFERENCES])]
    apart = served.publication.differences
    apart = apart[(apart["model"] == name) & apart["reference"].isin(REFERENCES)]
    row = served.forecasts[served.newest_origin].iloc[0]
    return ModelCard(
        **provenance(served),
        title=info.title or served.model.title,
        run_id=info.run_id or None,
        as_of=pd.Timestamp(row["as_of"]).tz_localize("UTC"),
        publication=served.id,
        refused=state.rejection,
        registry=state.registry_mismatch,
        references=REFERENCES,
        skill=[Score(**r | {"value": null_if_nan(r["value"])}) for r in scored.to_dict("records")],
        differences=[
            Difference(**r | {column: null_if_nan(r[column]) for column in ("value", "low", "high")})
            for r in apart.to_dict("records")
        ],
    )


@router.get(
    "/model/card",
    response_class=Response,
    responses={200: {"content": {MARKDOWN: {"schema": {"type": "string"}}}, "description": "The card"}},
)
def model_card(served: CurrentPublication) -> Response:
    """Give the model card in Markdown: use, skill beside its baselines, calibration, limits, data and licences, known failures."""
    card = served.publication.card
    if not card:
        raise ApiError(404, "no_card", f"publication {served.id} has no model card; run `chokepoint retrain`")
    return Response(card, media_type=MARKDOWN)
