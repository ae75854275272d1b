"""The BentoML service: the application in BentoML's workers, kept up to date by a thread, with BentoML's probes and metrics."""

import gc
import logging
import os
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")  # read when bentoml is imported

import bentoml
from _bentoml_sdk import Service  # type: ignore[import-untyped]
from starlette.types import ASGIApp, Receive, Scope, Send

from data.settings import settings
from serving.admission import loopback
from serving.app import create_app
from serving.keys import read_keys
from serving.observed import Metrics
from serving.pages.overview import View, overview
from serving.prediction import known
from serving.state import Store
from serving.tracing import flush, traced
from training.registry_alias import champion_version

POLL_SECONDS = 3.0
FREEZE_SECONDS = 3.0
"""Objects that live as long as the issue are taken out of garbage collection once start-up garbage is gone."""
PROBES = ("/livez", "/healthz", "/metrics")
"""Paths that are BentoML's own."""
TARGET = "serving.service:Chokepoint"

store = Store(settings().published)


class FrontedService(Service[Any]):
    """A service whose application answers first and hands BentoML only what is BentoML's own.

    BentoML's layers around a mounted application take longer than a prediction, and its metrics make a label of every
    path that is asked for; the application has its own (`serving.observed`).
    """

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """Build the application around BentoML's, which keeps the lifespan of the worker and the probes."""
        own = super().to_asgi(is_main=is_main)
        app = traced(create_app(store, metrics(), dict.fromkeys(PROBES, own)))

        async def front(scope: Scope, receive: Receive, send: Send) -> None:
            await (app if scope["type"] == "http" else own)(scope, receive, send)

        return front


@cache
def metrics() -> Metrics:
    """Return the worker's metrics, made when its application is: only then has BentoML said where workers share them."""
    return Metrics()


@bentoml.service(
    name="chokepoint",
    service_class=FrontedService,
    workers=settings().workers,
    http={"host": "127.0.0.1"},
    logging={"access": {"enabled": False}},  # `Observed` writes the line, with the path as it was sent
)
class Chokepoint:
    """Serves the last issue; ready once a publication, its model and the panel are loaded."""

    def __init__(self) -> None:
        _log_to_stderr()
        store.refresh()  # BentoML lets requests in when this is over: a worker that is new among others never says 503
        self.stopping = threading.Event()
        threading.Thread(target=self._keep_current, name="chokepoint-refresh", daemon=True).start()

    @bentoml.on_shutdown
    def stop(self) -> None:
        """End the refreshing thread and send the last traces."""
        self.stopping.set()
        flush()

    def _keep_current(self) -> None:
        chosen, asked = settings(), -settings().follow_seconds
        renewed = True
        while True:
            if monotonic() - asked >= chosen.follow_seconds:
                asked = monotonic()
                store.compare(lambda: champion_version(chosen.tracking_uri, chosen.registered_model))
            metrics().show(store)
            if renewed and store.issue and not self.stopping.wait(FREEZE_SECONDS):
                # Work that the first who ask need not wait for: seconds of it for the page.
                known(store.issue, store.issue.newest)
                overview(store.issue, View())
                gc.collect()
                gc.freeze()
            if self.stopping.wait(POLL_SECONDS):
                return
            renewed = store.refresh()


def run(host: str | None = None, port: int | None = None, *, insecure: bool = False) -> None:
    """Replace this process by BentoML's server; refuse an address others can reach while nobody needs a key."""
    chosen = settings()
    address, insecure = host or chosen.host, insecure or chosen.insecure
    ring = read_keys(chosen.keys)
    if not (loopback(address) or insecure or (ring and ring.keys)):
        raise ValueError(
            f"{address} can be reached from other machines and there is no API key: make one with `chokepoint keys create NAME`, "
            "serve on 127.0.0.1, or pass --insecure to answer anybody"
        )
    os.environ |= {
        "BENTOML_DO_NOT_TRACK": "true",
        "CHOKEPOINT_HOME": str(chosen.home.resolve()),
        "CHOKEPOINT_INSECURE": str(insecure).lower(),
    }
    os.environ.setdefault("BENTOML_HOME", str(_scratch(port or chosen.port)))
    folder = str(Path(__file__).resolve().parent.parent)
    command = [sys.executable, "-m", "bentoml", "serve", TARGET, "--working-dir", folder]
    command += ["--host", address, "--port", str(port or chosen.port)]
    os.execv(sys.executable, command)  # noqa: S606 - no shell, and every argument is ours


def _scratch(port: int) -> Path:
    """Return a folder of this service's own for the metrics its workers share, in memory where there is any.

    They are mapped files: on a full disk writing to one ends the worker. In BentoML's usual folder every service that
    starts deletes those of the others.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it is ours alone, or another is made
    place = memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    folder = place / f"chokepoint-{os.getuid()}-{port}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        ours = not folder.is_symlink() and folder.stat().st_uid == os.getuid()
    except OSError:
        ours = False
    return folder if ours else Path(tempfile.mkdtemp(prefix="chokepoint-"))


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
