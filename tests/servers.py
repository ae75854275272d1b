"""The real service in a process of its own, for tests that ask it over HTTP."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
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

    def answers(self, path: str, status: int) -> bool:
        """Return whether it answers with a status; fail at once where it has ended."""
        assert self.process.poll() is None, self.said()
        return answers(self.base + path) == status

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
            eventually(lambda: server.answers(path, status), lambda: f"no {status} at {path}: {server.said()}")
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


def eventually(holds: Callable[[], bool], what: Callable[[], str], seconds: float = 240.0) -> None:
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


class Askers:
    """Clients that ask all the time, each request on a connection of its own."""

    def __init__(self, port: int, count: int) -> None:
        self.port = port
        self.answered = 0
        self.failed: list[int] = []
        self.odd: list[int] = []
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self._ask) for _ in range(count)]

    def __enter__(self) -> "Askers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def _ask(self) -> None:
        while not self.ended.is_set():
            client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            client.connect()
            own = int(client.sock.getsockname()[1])
            try:
                client.request(
                    "POST", "/v1/predict", '{"rows": [{"iso3": "BFA"}]}', {"Content-Type": "application/json"}
                )
                answer = client.getresponse()
                answer.read()
                self.answered += 1
                if answer.status != 200:
                    self.odd.append(answer.status)
            except (OSError, http.client.HTTPException):
                self.failed.append(own)
            finally:
                client.close()
