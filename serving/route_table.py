"""Every route of the API and of the pages."""

import importlib
import pkgutil

from fastapi import APIRouter
from starlette.routing import BaseRoute

import serving.pages
import serving.routes


def routers() -> list[APIRouter]:
    """Return the router of every module in `serving.routes` and `serving.pages` that has one."""
    routers = []
    for package in (serving.routes, serving.pages):
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            router = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "router", None)
            if isinstance(router, APIRouter):
                routers.append(router)
    return routers


def route_table() -> list[BaseRoute]:
    """Return every route; FastAPI keeps those of included routers out of `app.routes`."""
    return [route for router in routers() for route in router.routes]
