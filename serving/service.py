"""The BentoML service and the command that starts it.

The command, BentoML's supervisor and each worker import this module one after another before the first response:
imports that only a worker needs are made in the worker, from `serving.worker`.
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
    """A BentoML service behind our own application, which forwards only the paths of BentoML itself.

    BentoML's middleware around a mounted application takes longer than a prediction, and its metrics make a label of every
    requested path; the application has its own (`serving.middleware.metrics`).
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
    """The service; ready once a publication with its model and panel is loaded."""

    def __init__(self) -> None:
        from serving import worker

        worker.begin()
        self.stopping = threading.Event()
        threading.Thread(
            target=worker.keep_current, args=(self.stopping,), name="chokepoint-refresh", daemon=True
        ).start()

    @bentoml.on_shutdown
    def stop(self) -> None:
        """Stop the refreshing thread and export the last spans."""
        from serving.middleware import tracing

        self.stopping.set()
        tracing.flush()


def run(host: str | None = None, port: int | None = None, *, insecure: bool = False) -> None:
    """Replace this process by BentoML's server.

    Raises:
        ValueError: The address is reachable from other machines and there is no API key.
    """
    from serving.api.api_keys import read_keys

    chosen = settings()
    address, insecure = host or chosen.host, insecure or chosen.insecure
    ring = read_keys(chosen.keys)
    if not (loopback(address) or insecure or (ring and ring.keys)):
        raise ValueError(
            f"{address} can be reached from other machines and there is no API key: make one with `chokepoint keys create NAME`, "
            "serve on 127.0.0.1, or pass --insecure to serve everybody"
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
    """Return a private folder for the metrics that the workers share, in memory where possible.

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
