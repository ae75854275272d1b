"""Worker process: the application on the store, and the thread that refreshes the store."""

import gc
import logging
import threading
from functools import cache
from time import monotonic

from starlette.types import ASGIApp, Receive, Scope, Send

from data.settings import settings
from serving.app import create_app
from serving.middleware.metrics import Metrics
from serving.middleware.tracing import traced
from serving.pages.overview import View, overview
from serving.queries.risk_curves import predictions_at
from serving.store import Store
from training.tracking.champion_lookup import champion_version

POLL_SECONDS = 3.0
FREEZE_SECONDS = 3.0
"""Seconds after which start-up garbage is collected and everything left is frozen: it lives as long as the publication."""
PROBES = ("/livez", "/healthz", "/metrics")
"""Paths that are BentoML's own."""

store = Store(settings().published)


def fronted(bento: ASGIApp) -> ASGIApp:
    """Put the application in front of BentoML's."""
    app = traced(create_app(store, metrics(), dict.fromkeys(PROBES, bento)))

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        await (app if scope["type"] == "http" else bento)(scope, receive, send)

    return front


@cache
def metrics() -> Metrics:
    """Return the worker's metrics, created with its application: only then has BentoML set where workers share them."""
    return Metrics()


def begin() -> None:
    """Load the last publication; BentoML sends requests to a new worker only after this returns."""
    _log_to_stderr()
    store.refresh()


def keep_current(stopping: threading.Event) -> None:
    """Load newer publications and compare with the registry's champion until stopped."""
    chosen, compared_at = settings(), -settings().follow_seconds
    refreshed = True
    while True:
        if monotonic() - compared_at >= chosen.follow_seconds:
            compared_at = monotonic()
            store.compare_with_registry(lambda: champion_version(chosen.tracking_uri, chosen.registered_model))
        metrics().update(store)
        if refreshed and store.served and not stopping.wait(FREEZE_SECONDS):
            # Warm the cache, so that first requests do not wait: the page takes seconds.
            predictions_at(store.served, store.served.newest_origin)
            overview(store.served, View())
            gc.collect()
            gc.freeze()
        if stopping.wait(POLL_SECONDS):
            return
        refreshed = store.refresh()


def _log_to_stderr() -> None:
    """Add handlers to our loggers, as BentoML configures only its own."""
    root = logging.getLogger("chokepoint")
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        root.addHandler(handler)
        if settings().log_format == "json":  # a line of the access log is JSON by itself
            lines = logging.StreamHandler()
            access = logging.getLogger("chokepoint.access")
            access.addHandler(lines)
            access.propagate = False
    root.setLevel(logging.INFO)
    root.propagate = False
