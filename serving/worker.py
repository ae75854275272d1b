"""What runs in each of BentoML's workers: the application on the last publication, and the thread that keeps both current."""

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
from serving.queries.prediction import predictions_at
from serving.store import Store
from training.tracking.champion_lookup import champion_version

POLL_SECONDS = 3.0
FREEZE_SECONDS = 3.0
"""Objects that live as long as the publication are taken out of garbage collection once start-up garbage is gone."""
PROBES = ("/livez", "/healthz", "/metrics")
"""Paths that are BentoML's own."""

store = Store(settings().published)


def fronted(own: ASGIApp) -> ASGIApp:
    """Put the application in front of BentoML's."""
    app = traced(create_app(store, metrics(), dict.fromkeys(PROBES, own)))

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        await (app if scope["type"] == "http" else own)(scope, receive, send)

    return front


@cache
def metrics() -> Metrics:
    """Return the worker's metrics, made when its application is: only then has BentoML said where workers share them."""
    return Metrics()


def begin() -> None:
    """Load the last publication: BentoML lets requests in when this is over, so a worker new among others never says 503."""
    _log_to_stderr()
    store.refresh()


def keep_current(stopping: threading.Event) -> None:
    """Load newer issues and look for a moved champion until told to stop."""
    chosen, asked = settings(), -settings().follow_seconds
    renewed = True
    while True:
        if monotonic() - asked >= chosen.follow_seconds:
            asked = monotonic()
            store.compare_with_registry(lambda: champion_version(chosen.tracking_uri, chosen.registered_model))
        metrics().update(store)
        if renewed and store.served and not stopping.wait(FREEZE_SECONDS):
            # Work that the first who ask need not wait for: seconds of it for the page.
            predictions_at(store.served, store.served.newest_origin)
            overview(store.served, View())
            gc.collect()
            gc.freeze()
        if stopping.wait(POLL_SECONDS):
            return
        renewed = store.refresh()


def _log_to_stderr() -> None:
    """Give our loggers a handler: BentoML configures only its own."""
    own = logging.getLogger("chokepoint")
    if not own.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        own.addHandler(handler)
        if settings().log_format == "json":  # a line of the access log is JSON by itself
            lines = logging.StreamHandler()
            access = logging.getLogger("chokepoint.access")
            access.addHandler(lines)
            access.propagate = False
    own.setLevel(logging.INFO)
    own.propagate = False
