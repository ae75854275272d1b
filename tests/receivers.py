"""A receiver of deliveries on loopback, over real sockets, that answers as a test wants it to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Received:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Where it is, what it answers next (200 after that), and what came."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def ids(self) -> list[str]:
        """The alerts that came, in order."""
        return [one.headers["webhook-id"] for one in self.received]


SILENCE = 0
"""An answer that does not come before the test lets it."""


@contextmanager
def receive() -> Iterator[Receiver]:
    """Run a receiver while the test runs."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.append(Received({k.lower(): v for k, v in self.headers.items()}, body))
            receiver.arrived.set()
            status, headers = receiver.answers.pop(0) if receiver.answers else (200, {})
            if status == SILENCE:
                receiver.released.wait(20)
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
