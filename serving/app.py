"""The application: every route of the API and every page behind one stack of middleware."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp

from data.settings import settings
from serving import error_handlers
from serving.api.errors import ErrorDocument
from serving.middleware.access import AccessControl, KeyFile
from serving.middleware.limits_and_headers import BodyLimit, SecurityHeaders
from serving.middleware.metrics import Metrics
from serving.middleware.rate_limit import Limits
from serving.middleware.request_metrics import RequestMetrics
from serving.middleware.response_cache import ResponseCache
from serving.route_table import route_table, routers
from serving.store import Store

API_VERSION = "1"
DESCRIPTION = (
    "Monthly risks that a capital city is disrupted within 1 to 12 months: fought over, starved of supply or seized. "
    "Every response is computed from one publication; every error has one shape. Responses to GET have an ETag: a request "
    "with `If-None-Match` gets 304 while the copy is current."
)
RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
CHALLENGE = {"WWW-Authenticate": {"description": "`Bearer`", "schema": {"type": "string"}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "No valid API key, where keys are required", "headers": CHALLENGE},
    403: {
        "description": "The key's scope does not include this, or there are no keys and the request comes from another machine"
    },
    404: {"description": "Unknown country, origin or path"},
    422: {"description": "A parameter or the body is not as described"},
    429: {"description": "Rate limit of this key or address exceeded", "headers": RETRY},
    503: {"description": "Nothing is published yet, or the concurrency limit is reached"},
}


def create_app(store: Store, metrics: Metrics | None = None, probes: Mapping[str, ASGIApp] | None = None) -> FastAPI:
    """Build the application on a store.

    Args:
        store: The store of the served publication, which the caller refreshes.
        metrics: Prometheus metrics; without them there is no access control either, as in tests of the routes.
        probes: Paths that another application answers behind the same middleware.
    """
    chosen = settings()
    app = FastAPI(
        title="Chokepoint",
        version=API_VERSION,
        description=DESCRIPTION,
        docs_url=None,  # FastAPI's own page loads scripts from another host
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    app.state.store = store
    app.state.metrics = metrics
    for router in routers():
        app.include_router(
            router, responses={code: {"model": ErrorDocument} | problem for code, problem in PROBLEMS.items()}
        )
    app.router.routes.extend(Route(path, answer) for path, answer in (probes or {}).items())
    error_handlers.install(app)
    # The middleware added last receives a request first.
    app.add_middleware(BodyLimit, max_bytes=int(chosen.max_body_mb * 1024 * 1024))
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(ResponseCache, store=store)
    if metrics is not None:
        limits = Limits(chosen.rate, chosen.burst, chosen.concurrency)
        app.add_middleware(AccessControl, key_file=KeyFile(chosen.keys), limits=limits, insecure=chosen.insecure)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestMetrics, routes=route_table(), metrics=metrics, as_json=chosen.log_format == "json")
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
