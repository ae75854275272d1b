"""The real service in a process of its own, for tests that ask it over HTTP."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from data.settings import REPOSITORY

SERVICE = (sys.executable, "-c", "from serving.service import run; run()")


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    process: "subprocess.Popen[bytes]"
    log: IO[bytes]

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        """What it has written so far."""
        return Path(self.log.name).read_text(errors="replace")

    def stop(self) -> int:
        """End it as a service manager does; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def workers(self) -> list[int]:
        """Processes that answer."""
        own = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        children = [int(pid) for pid in Path(own).read_text().split()]
        return [pid for pid in children if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@contextmanager
def serving(
    home: Path,
    command: Sequence[str] = SERVICE,
    *,
    ready: tuple[str, int] = ("/readyz", 200),
    port: int | None = None,
    **settings: str,
) -> Iterator[Server]:
    """Start a server on a home folder, wait until it answers, and end it; `settings` are environment variables."""
    port = port or free_port()
    told = {"CHOKEPOINT_HOME": str(home), "CHOKEPOINT_PORT": str(port), "PYTHONPATH": str(REPOSITORY)} | settings
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen(list(command), env=os.environ | told, cwd=home, stdout=log, stderr=log)
        server = Server(port, process, log)
        try:
            path, status = ready
            eventually(lambda: answers(server.base + path) == status, lambda: f"no {status} at {path}: {server.said()}")
            yield server
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()


def answers(url: str, seconds: float = 30.0) -> int | None:
    """Return the status of an answer, or None where nobody answers."""
    try:
        return httpx.get(url, timeout=seconds).status_code
    except httpx.TransportError:
        return None


def eventually(holds: Callable[[], bool], what: Callable[[], str], seconds: float = 120.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what()
        time.sleep(0.1)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
