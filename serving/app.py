"""The application: every route of the API and every page, with the same errors, limits and headers around them."""

import importlib
import pkgutil

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

import serving.pages
import serving.routes
from serving import errors
from serving.errors import ErrorAnswer
from serving.middleware import AccessLog, BodyLimit, Freshness, SecurityHeaders
from serving.state import Store

API_VERSION = "1"
DESCRIPTION = (
    "Monthly risks that a capital city is disrupted within 1 to 12 months: fought over, starved of supply or seized. "
    "Answers are of one published issue; every error has one shape."
)
PROBLEMS = {
    404: "Unknown country, origin or path",
    422: "A parameter or the body is not as described",
    503: "Nothing is published yet",
}


def routers() -> list[APIRouter]:
    """Return the router of every module in `serving.routes` and `serving.pages` that has one."""
    found = []
    for package in (serving.routes, serving.pages):
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            router = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "router", None)
            if isinstance(router, APIRouter):
                found.append(router)
    return found


def route_table() -> list[BaseRoute]:
    """Return every route; FastAPI keeps those of included routers out of `app.routes`."""
    return [route for router in routers() for route in router.routes]


def create_app(store: Store) -> FastAPI:
    """Build the application on a store; whoever runs it refreshes the store."""
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
    for router in routers():
        app.include_router(
            router, responses={code: {"model": ErrorAnswer, "description": text} for code, text in PROBLEMS.items()}
        )
    errors.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Freshness, store=store)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(AccessLog)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
