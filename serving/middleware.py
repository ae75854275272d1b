"""What happens to every request before and after its route: size, headers, freshness, log and metric labels."""

import hashlib
import logging
from pathlib import Path
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.alerts.record import mark
from serving.errors import ErrorResponse
from serving.state import Store

MAX_BODY_BYTES = 8 * 1024 * 1024
SECURITY = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
REAL_PATH = "chokepoint.path"
access = logging.getLogger("chokepoint.access")


class SecurityHeaders:
    """Forbids pages to load anything from elsewhere, and browsers to guess types."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to every answer."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY)
            await send(message)

        await self.app(scope, receive, guarded)


class _TooLargeError(Exception):
    pass


class BodyLimit:
    """Refuses bodies over 8 MB, announced or streamed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body before the route does, and no further than the limit."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        try:
            messages = await _read(scope, receive)
        except _TooLargeError:
            message = f"the body is larger than {MAX_BODY_BYTES:,} bytes; send the rows in several requests"
            await ErrorResponse(413, "body_too_large", message, [("body", "too large")])(scope, receive, send)
            return

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self.app(scope, replay, send)


async def _read(scope: Scope, receive: Receive) -> list[Message]:
    announced = Headers(scope=scope).get("content-length", "")
    if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
        raise _TooLargeError
    messages: list[Message] = []
    size = 0
    while not messages or messages[-1].get("more_body", False):
        messages.append(await receive())
        size += len(messages[-1].get("body", b""))
        if size > MAX_BODY_BYTES:
            raise _TooLargeError
    return messages


class Freshness:
    """Pins one issue to each request, and lets clients ask whether their copy of an answer is still the current one."""

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self.app = app
        self.store = store
        self.code = _code_digest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 304 to a matching If-None-Match, else add ETag and Cache-Control to a successful GET."""
        issue = self.store.issue
        scope.setdefault("state", {})["issue"] = issue
        if scope["type"] != "http" or scope["method"] != "GET" or issue is None:
            await self.app(scope, receive, send)
            return
        accept = Headers(scope=scope).get("accept", "").encode("utf-8", "replace")
        asked = scope["path"].encode("utf-8", "replace") + b"?" + scope.get("query_string", b"") + b"#" + accept
        # Alerts are raised after an issue is published, under the same issue.
        asked += str(mark(self.store.published)).encode()
        digest = hashlib.sha256(issue.name.encode() + self.code + asked).hexdigest()[:16]
        tag = f'"{issue.name}-{digest}"'
        fresh = {"etag": tag, "cache-control": "public, max-age=60", "vary": "accept"}
        held = [t.strip().removeprefix("W/") for t in Headers(scope=scope).get("if-none-match", "").split(",")]
        if tag in held:
            lines = [(name.encode(), value.encode()) for name, value in fresh.items()]
            await send({"type": "http.response.start", "status": 304, "headers": lines})
            await send({"type": "http.response.body", "body": b""})
            return

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = MutableHeaders(scope=message)
                if "cache-control" not in headers:  # files under a name of their content say so themselves
                    headers.update(fresh)
            await send(message)

        await self.app(scope, receive, stamped)


def _code_digest() -> bytes:
    """Digest of this package: an answer depends on the issue and on the code that writes it."""
    here = Path(__file__).parent
    files = sorted(p for p in here.rglob("*") if p.suffix in (".py", ".html", ".css", ".js"))
    return hashlib.sha256(b"".join(p.read_bytes() for p in files)).digest()


class AccessLog:
    """Writes one line a request: method, path as sent, status and time."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put back the path that `RouteLabels` replaced, and log the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["path"] = scope.get(REAL_PATH, scope["path"])
        started, status = perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            # As sent, percent-encoded: a decoded path could forge lines of the log.
            sent = scope.get("raw_path", b"").decode("latin-1")
            access.info("%s %s %d %.1f ms", scope["method"], sent, status, 1000 * (perf_counter() - started))


class RouteLabels:
    """Stands in front of BentoML, whose metrics take every path for a label of its own.

    A path with parameters is shown to it as its template, and one that no route has goes to the application directly.
    """

    def __init__(self, app: ASGIApp, direct: ASGIApp, routes: list[BaseRoute], own: tuple[str, ...]) -> None:
        self.app = app
        self.direct = direct
        self.routes = routes
        self.own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on with a bounded path."""
        if scope["type"] != "http" or scope["path"] in self.own:
            await self.app(scope, receive, send)
            return
        template = next((t for route in self.routes if (t := _template(route, scope))), None)
        if template is None:
            await self.direct(scope, receive, send)
            return
        await self.app({**scope, "path": template, REAL_PATH: scope["path"]}, receive, send)


def _template(route: BaseRoute, scope: Scope) -> str | None:
    matched = route.matches(scope)[0] is not Match.NONE
    return str(getattr(route, "path", "")) or None if matched else None
