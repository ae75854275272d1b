"""The BentoML service: the application, kept up to date by a thread, behind BentoML's probes and metrics."""

import gc
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")  # read when bentoml is imported

import bentoml
from _bentoml_sdk import Service  # type: ignore[import-untyped]
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from data.settings import settings
from serving.app import create_app, route_table
from serving.middleware import RouteLabels
from serving.pages.overview import View, overview
from serving.state import Store

POLL_SECONDS = 3.0
FREEZE_SECONDS = 3.0
"""Objects that live as long as the issue are taken out of garbage collection once start-up garbage is gone."""
PROBES = ("/livez", "/readyz", "/healthz", "/metrics")
"""Paths that are BentoML's own."""
TARGET = "serving.service:Chokepoint"

store = Store(settings().published)
app = create_app(store)


class BoundedService(Service[Any]):
    """A service whose metrics have one label a route, whatever paths are asked for."""

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """Put the application's routing in front of BentoML's metrics."""
        return RouteLabels(super().to_asgi(is_main=is_main), app, route_table(), PROBES)


@bentoml.service(
    name="chokepoint",
    service_class=BoundedService,
    workers=1,
    traffic={"timeout": 60},
    http={"host": "127.0.0.1"},
    logging={"access": {"enabled": False}},  # `AccessLog` writes the line, with the path as it was sent
)
@bentoml.asgi_app(app, path="/")
class Chokepoint:
    """Serves the last issue; ready once a publication, its model and the panel are loaded."""

    def __init__(self) -> None:
        _log_to_stderr()
        self.stopping = threading.Event()
        threading.Thread(target=self._keep_current, name="chokepoint-refresh", daemon=True).start()

    async def __is_ready__(self) -> bool:
        """Tell BentoML's /readyz whether there is something to serve, and why not."""
        if store.issue is None:
            raise HTTPException(503, f"not ready: {store.reason}\n")
        return True

    @bentoml.on_shutdown
    def stop(self) -> None:
        """End the refreshing thread."""
        self.stopping.set()

    def _keep_current(self) -> None:
        while not self.stopping.is_set():
            if store.refresh() and store.issue and not self.stopping.wait(FREEZE_SECONDS):
                overview(store.issue, View())  # seconds of work that the first reader need not wait for
                gc.collect()
                gc.freeze()
            self.stopping.wait(POLL_SECONDS)


def run(host: str | None = None, port: int | None = None) -> None:
    """Replace this process by BentoML's server; host and port come from the settings unless given."""
    chosen = settings()
    os.environ |= {"BENTOML_DO_NOT_TRACK": "true", "CHOKEPOINT_HOME": str(chosen.home.resolve())}
    folder = str(Path(__file__).resolve().parent.parent)
    command = [sys.executable, "-m", "bentoml", "serve", TARGET, "--working-dir", folder]
    command += ["--host", host or chosen.host, "--port", str(port or chosen.port)]
    os.execv(sys.executable, command)  # noqa: S606 - no shell, and every argument is ours


def _log_to_stderr() -> None:
    """Give our loggers a handler: BentoML configures only its own."""
    own = logging.getLogger("chokepoint")
    if not own.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        own.addHandler(handler)
    own.setLevel(logging.INFO)
    own.propagate = False
