"""Cached responses to GET with ETags, and the publication pinned to each request."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.alerts.history import history_version
from serving.served_publication import ServedPublication
from serving.store import Store, StoreState

MAX_AGE_SECONDS = 60
MAX_RESPONSE_BYTES = 4 * 1024 * 1024
WRITERS = ("alerts", "api", "pages", "queries", "routes", "schemas")
"""Packages of `serving` that write responses."""


@dataclass(frozen=True)
class CachedResponse:
    """The ASGI messages of a successful response."""

    messages: list[Message]

    @property
    def nbytes(self) -> int:
        """Return the size of the body."""
        return sum(len(message.get("body", b"")) for message in self.messages)


class ResponseCache:
    """Middleware that pins the publication to each request, answers conditional requests and caches responses.

    A response is cached as a view of its publication, by ETag. The ETag is a digest of everything a response depends on:
    publication, state of the store, alerts, code, and the request's path, query and headers that change it.
    """

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self.app = app
        self.store = store
        self.code = _code_digest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 304 to a matching If-None-Match, else from the cache, else add ETag and Cache-Control to a successful GET."""
        state = self.store.state
        served = scope.setdefault("state", {})["served"] = state.served
        if scope["type"] != "http" or scope["method"] != "GET" or served is None:
            await self.app(scope, receive, send)
            return
        tag = self._tag(scope, state, served)
        audience = "private" if scope["state"].get("keys") is not None else "public"
        headers = {
            "etag": tag,
            "cache-control": f"{audience}, max-age={MAX_AGE_SECONDS}",
            "vary": "accept, accept-encoding",
        }
        if tag in _known_tags(scope):
            await _not_modified(headers, send)
            return
        key = "response", tag, audience
        cached = served.views.get(key)
        if isinstance(cached, CachedResponse):
            for message in cached.messages:
                await send(dict(message))
            return
        messages: list[Message] = []

        async def record(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                response = MutableHeaders(scope=message)
                if "cache-control" not in response:  # a response that depends on more than the publication has its own
                    response.update(headers)
                    messages.append({**message, "headers": list(message["headers"])})
            elif messages:
                messages.append(message)
                response_is_complete = not message.get("more_body", False)
                if response_is_complete and (cacheable := CachedResponse(messages)).nbytes <= MAX_RESPONSE_BYTES:
                    served.views.put(key, cacheable)
            await send(message)

        await self.app(scope, receive, record)

    def _tag(self, scope: Scope, state: StoreState, served: ServedPublication) -> str:
        headers = Headers(scope=scope)
        parts = [
            state.key.encode(),
            self.code,
            str(
                history_version(self.store.published)
            ).encode(),  # alerts are raised after the publication, under its id
            scope["path"].encode("utf-8", "replace"),
            scope.get("query_string", b""),
            b"gzip" if "gzip" in headers.get("accept-encoding", "") else b"",
            # The page of the API shows the address it was requested at.
            scope.get("scheme", "").encode(),
            *(headers.get(name, "").encode("latin-1") for name in ("host", "accept")),
        ]
        digest = hashlib.sha256(b"\n".join(parts)).hexdigest()[:16]
        return f'"{served.id}-{digest}"'


def _known_tags(scope: Scope) -> list[str]:
    """Return the ETags of the copies that the client has."""
    tags = Headers(scope=scope).get("if-none-match", "").split(",")
    return [tag.strip().removeprefix("W/") for tag in tags]


async def _not_modified(headers: dict[str, str], send: Send) -> None:
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 304, "headers": lines})
    await send({"type": "http.response.body", "body": b""})


def _code_digest() -> bytes:
    """Return a digest of the code that writes responses, so that an upgrade invalidates the copies of clients."""
    package = Path(__file__).parents[1]
    files = sorted(path for name in WRITERS for path in (package / name).rglob("*"))
    sources = [path.read_bytes() for path in files if path.suffix in (".py", ".html", ".css", ".js")]
    return hashlib.sha256(b"".join(sources)).digest()
