"""A server on loopback that plays the publishers over real sockets, with their headers and their faults."""

import gzip
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HOSTS = (
    "ucdp.uu.se",
    "data.humdata.org",
    "api.worldbank.org",
    "microdata.worldbank.org",
    "www.worldbank.org",
    "thedocs.worldbank.org",
    "www.uky.edu",
    "ourworldindata.org",
    "data.gdeltproject.org",
    "acleddata.com",
)
MODIFIED = "Tue, 20 Oct 2026 08:00:00 GMT"


@dataclass
class Fault:
    """What goes wrong with one answer: a status, or a body that ends or stalls after `after` bytes."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    after: int = -1
    stall: bool = False


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Publishers:
    """The server's content and what it was asked; paths begin with the publisher's host."""

    def __init__(self, base: str, released: threading.Event) -> None:
        self.base = base
        self.released = released
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.redirects: dict[str, tuple[int, str]] = {}
        self.guarded: dict[str, str] = {}
        self.asked: list[Asked] = []

    @property
    def mirrors(self) -> dict[str, str]:
        """Where each publisher is played."""
        return {host: f"{self.base}/{host}" for host in HOSTS}

    def put(self, url: str, content: bytes | str | dict[str, Any] | list[Any]) -> None:
        """Serve content at a publisher's address, such as https://ucdp.uu.se/downloads/."""
        raw = content if isinstance(content, bytes) else content if isinstance(content, str) else json.dumps(content)
        self.files[self.key(url)] = raw if isinstance(raw, bytes) else raw.encode()

    def fail(self, url: str, *faults: Fault) -> None:
        """Let the next answers at an address go wrong, one fault after the other."""
        self.faults[self.key(url)] = list(faults)

    def key(self, url: str) -> str:
        """Return the path under which an address is played."""
        parts = urlsplit(url)
        return f"/{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def paths(self, part: str = "") -> list[str]:
        """Return the paths asked for so far that hold `part`."""
        return [asked.path for asked in self.asked if part in asked.path]

    def last(self, part: str) -> Asked:
        """Return the last request whose path holds `part`."""
        return [asked for asked in self.asked if part in asked.path][-1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    publishers: Publishers

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        play = self.publishers
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        play.asked.append(Asked(self.command, self.path, dict(self.headers.items()), body))
        faults = play.faults.get(self.path, [])
        fault = faults.pop(0) if faults else Fault()
        token = play.guarded.get(urlsplit(self.path).path)
        if fault.status:
            self._send(fault.status, b"{}", fault.headers)
        elif self.path in play.redirects:
            status, target = play.redirects[self.path]
            self._send(status, b"", {"Location": target})
        elif token is not None and self.headers.get("Authorization") != f"Bearer {token}":
            self._send(401, b'{"message": "token expired"}')
        elif self.path not in play.files:
            self._send(404, b"not here")
        else:
            self._file(play.files[self.path], fault)

    def _file(self, raw: bytes, fault: Fault) -> None:
        etag = f'"{hashlib.sha256(raw).hexdigest()[:16]}"'
        headers = {"ETag": etag, "Last-Modified": MODIFIED, "Accept-Ranges": "bytes"}
        if self.headers.get("If-None-Match") == etag:
            self._send(304, b"", headers)
            return
        asked = re.fullmatch(r"bytes=(\d*)-", self.headers.get("Range", ""))
        tail = re.fullmatch(r"bytes=-(\d+)", self.headers.get("Range", ""))
        if tail:
            raw = raw[-int(tail[1]) :]
            self._send(206, raw, headers, fault)
        elif asked and self.headers.get("If-Range") in (etag, MODIFIED):
            begin = int(asked[1])
            if begin >= len(raw):
                self._send(416, b"", headers | {"Content-Range": f"bytes */{len(raw)}"})
                return
            headers["Content-Range"] = f"bytes {begin}-{len(raw) - 1}/{len(raw)}"
            self._send(206, raw[begin:], headers, fault)
        elif "gzip" in self.headers.get("Accept-Encoding", ""):
            self._send(200, gzip.compress(raw, mtime=0), headers | {"Content-Encoding": "gzip"}, fault)
        else:
            self._send(200, raw, headers, fault)

    def _send(self, status: int, raw: bytes, headers: dict[str, str] | None = None, fault: Fault | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        after = fault.after if fault else -1
        if after < 0:
            self.wfile.write(raw)
            return
        self.wfile.write(raw[:after])
        self.wfile.flush()
        if fault and fault.stall:
            self.publishers.released.wait(20)
        self.close_connection = True


@contextmanager
def serve() -> Iterator[Publishers]:
    """Run the server while the test runs."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    released = threading.Event()
    handler.publishers = Publishers(f"http://127.0.0.1:{server.server_port}", released)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield handler.publishers
    finally:
        released.set()
        server.shutdown()
        server.server_close()
