"""The page of the catalogue: every episode with its city, confidence, evidence and last confirmation."""

from typing import Annotated, Any
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import HTMLResponse

from serving.api.dependencies import CurrentPublication
from serving.api.filters import Filters
from serving.pages.components.render import page
from serving.queries import wording
from serving.queries.lookup import require_capital
from serving.queries.reference.catalogue import catalogue, known_to
from serving.served_publication import ServedPublication

router = APIRouter(include_in_schema=False)
CONFIDENCE = {"H": "high", "M": "medium", "L": "doubtful, counts for no target", "PT": "from Powell & Thyne, unread"}
SOURCES = {"rule": "found by rule", "catalogue and rule": "curated, and found by rule to go on"}


class CatalogueView(Filters):
    """Country and kind of the episodes shown; all by default."""

    country: str = Field("", max_length=60)
    kind: str = Field("", max_length=60)


@router.get("/catalogue", response_class=HTMLResponse)
def episodes(served: CurrentPublication, view: Annotated[CatalogueView, Query()]) -> HTMLResponse:
    """List the episodes, those going on first and then the newest, and how far the list has been reviewed."""
    rows = catalogue(served, doubtful=True)
    with_episodes = served.capitals.loc[sorted(set(rows["iso3"]))]
    code = require_capital(served, view.country, "country") if view.country else ""
    if code:
        rows = rows[rows["iso3"] == code]
    if view.kind:
        rows = rows[rows["kind"] == view.kind]
    newest = rows.iloc[::-1].sort_values("last_confirmed", key=lambda months: months.isna(), kind="stable")
    kind = view.kind if view.kind in wording.KINDS else ""
    query = {name: value for name, value in (("country", code), ("kind", kind)) if value} | {"doubtful": "true"}
    return page(
        served,
        "catalogue.html",
        view=view,
        code=code,
        known_to=known_to(served),
        countries=sorted(with_episodes["country"].items(), key=lambda item: item[1]),
        kinds=wording.KINDS,
        rows=[_line(served, row) for row in newest.itertuples()],
        csv=f"/v1/episodes?{urlencode(query | {'format': 'csv'})}",
        hxl=f"/v1/episodes?{urlencode(query | {'format': 'hxl'})}",
        json=f"/v1/episodes?{urlencode(query)}",
    )


def _line(served: ServedPublication, row: Any) -> dict[str, Any]:
    open_since = pd.notna(row.last_confirmed)
    same = row.start == row.end
    return {
        "iso3": row.iso3,
        "capital": row.capital,
        "country": served.capitals.at[row.iso3, "country"],
        "kind": row.kind,
        "start": row.start,
        "end": None if same or open_since else row.end,
        "confirmed": row.last_confirmed if open_since else None,
        "confidence": row.confidence,
        "meaning": CONFIDENCE[row.confidence],
        "reason": row.reason,
        "evidence": row.evidence,
        "source": SOURCES.get(row.source, ""),
    }
