"""The BentoML service and the command that starts it.

The command, BentoML's supervisor and each worker import this module one after another before anything is answered:
what only a worker needs is imported by the worker, from `serving.worker`.
"""

import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")  # read when bentoml is imported

import bentoml
from _bentoml_sdk import Service  # type: ignore[import-untyped]
from starlette.types import ASGIApp

from data.settings import settings
from serving.middleware.loopback import loopback

TARGET = "serving.service:Chokepoint"


class FrontedService(Service[Any]):
    """A service whose application answers first and hands BentoML only what is BentoML's own.

    BentoML's layers around a mounted application take longer than a prediction, and its metrics make a label of every
    path that is asked for; the application has its own (`serving.middleware.metrics`).
    """

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """Build the application around BentoML's, which keeps the lifespan of the worker and the probes."""
        from serving import worker

        return worker.fronted(super().to_asgi(is_main=is_main))


@bentoml.service(
    name="chokepoint",
    service_class=FrontedService,
    workers=settings().workers,
    http={"host": "127.0.0.1"},
    logging={"access": {"enabled": False}},  # `RequestMetrics` writes the line, with the path as it was sent
)
class Chokepoint:
    """Serves the last publication; ready once a publication, its model and the panel are loaded."""

    def __init__(self) -> None:
        from serving import worker

        worker.begin()
        self.stopping = threading.Event()
        threading.Thread(
            target=worker.keep_current, args=(self.stopping,), name="chokepoint-refresh", daemon=True
        ).start()

    @bentoml.on_shutdown
    def stop(self) -> None:
        """End the refreshing thread and send the last traces."""
        from serving.middleware import tracing

        self.stopping.set()
        tracing.flush()


def run(host: str | None = None, port: int | None = None, *, insecure: bool = False) -> None:
    """Replace this process by BentoML's server; refuse an address others can reach while nobody needs a key."""
    from serving.api.api_keys import read_keys

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
