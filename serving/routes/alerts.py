"""GET /v1/alerts, the Atom feeds and the CAP documents: every alert raised, with its reason and its link."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BeforeValidator, Field
from starlette.responses import Response

from data.settings import settings
from serving.alerts.alert import Alert
from serving.alerts.atom import TYPE as ATOM_TYPE
from serving.alerts.atom import feed
from serving.alerts.cap import TYPE as CAP_TYPE
from serving.alerts.cap import cap_document
from serving.alerts.history import read_history
from serving.api.dependencies import CurrentPublication
from serving.api.errors import ApiError
from serving.api.filters import SOME_COUNTRIES, Codes, Filters, Origins, Targets, commas
from serving.queries.lookup import parse_origin, require_capital
from serving.queries.provenance import provenance
from serving.schemas.fields import WithProvenance, year_month

router = APIRouter(tags=["alerts"])
IN_FEED = 100
"""Newest alerts in a feed."""
Identifier = Annotated[str, Path(description="Identifier of an alert.", max_length=60)]


class AlertFilters(Filters):
    """Filters of alerts; each takes several values, repeated or separated by commas."""

    country: Codes = Field(default_factory=list, description=SOME_COUNTRIES)
    target: Targets = Field(default_factory=list)
    rule: Annotated[list[str], BeforeValidator(commas), Field(max_length=100)] = Field(default_factory=list)
    origin: Origins = Field(default_factory=list, description="YYYY-MM; every one by default.")
    limit: int = Field(100, ge=1, le=1000, description="Maximum number of alerts.")
    offset: int = Field(0, ge=0, description="Number of alerts to skip.")


class AlertList(WithProvenance):
    """Alerts, newest first; `total` counts all that match."""

    total: int
    limit: int
    offset: int
    alerts: list[Alert]


def _xml(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {"schema": {"type": "string"}}}, "description": description}}


@router.get("/v1/alerts", response_model=AlertList)
def alerts(request: Request, served: CurrentPublication, filters: Annotated[AlertFilters, Query()]) -> AlertList:
    """List the alerts raised so far, newest first."""
    codes = [require_capital(served, code, "country") for code in filters.country]
    origins = [year_month(parse_origin(text)) for text in filters.origin]
    wanted: dict[str, Sequence[str]] = {
        "iso3": codes,
        "target": filters.target,
        "rule": filters.rule,
        "origin": origins,
    }
    matching = [
        alert
        for alert in _newest_first(request)
        if all(not values or getattr(alert, name) in values for name, values in wanted.items())
    ]
    part = matching[filters.offset : filters.offset + filters.limit]
    return AlertList(**provenance(served), total=len(matching), limit=filters.limit, offset=filters.offset, alerts=part)


@router.get("/v1/alerts/{identifier}", response_model=Alert)
def alert(request: Request, identifier: Identifier) -> Alert:
    """Return one alert."""
    return _require(request, identifier)


@router.get("/alerts.atom", response_class=Response, responses=_xml(ATOM_TYPE, "The newest alerts"))
def alerts_feed(request: Request) -> Response:
    """Return the newest alerts as an Atom feed."""
    document = feed(_newest_first(request)[:IN_FEED], settings().base_url, "/alerts.atom", cap=False)
    return Response(document, media_type=ATOM_TYPE)


@router.get("/alerts/cap.atom", response_class=Response, responses=_xml(ATOM_TYPE, "Index of the CAP documents"))
def cap_feed(request: Request) -> Response:
    """Return the newest alerts as an Atom feed that links to their CAP documents."""
    document = feed(_newest_first(request)[:IN_FEED], settings().base_url, "/alerts/cap.atom", cap=True)
    return Response(document, media_type=ATOM_TYPE)


@router.get("/alerts/{identifier}.cap.xml", response_class=Response, responses=_xml(CAP_TYPE, "CAP 1.2"))
def cap_alert(request: Request, identifier: Identifier) -> Response:
    """Return one alert as a Common Alerting Protocol 1.2 document."""
    return Response(cap_document(_require(request, identifier)), media_type=CAP_TYPE)


def _newest_first(request: Request) -> list[Alert]:
    return list(read_history(request.app.state.store.published).alerts.values())[::-1]


def _require(request: Request, identifier: str) -> Alert:
    alert = read_history(request.app.state.store.published).alerts.get(identifier)
    if alert is None:
        message = f"no alert is called {identifier[:60]!r}; all are listed at /v1/alerts"
        raise ApiError(404, "unknown_alert", message, {"identifier": "is not the identifier of an alert"})
    return alert
