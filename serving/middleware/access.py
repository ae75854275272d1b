"""Who may ask, what, and how often: keys and scopes, then rate and concurrency, before anything is read or computed."""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from time import monotonic
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.api import api_keys
from serving.api.errors import ErrorResponse
from serving.api.sessions import COOKIE, LOGIN
from serving.middleware.loopback import loopback

log = logging.getLogger("chokepoint.admission")

OPEN = ("/livez", "/readyz", "/healthz", LOGIN)
OPEN_FOLDER = "/static/"
"""What anybody may ask for: probes, and what the login page is made of."""
ADMIN = ("/metrics",)
MAX_CLIENTS = 10_000
"""Clients whose rate is remembered; the longest unseen is forgotten first."""


@dataclass(frozen=True)
class Limits:
    """Requests a second and at once, for one client and for one worker; a rate of 0 is none."""

    rate: float = 0.0
    burst: int = 200
    concurrency: int = 64


@dataclass
class KeyFile:
    """The keys in force, read again when the file changes; a file that is lost or broken lets nobody in."""

    path: Path
    ring: api_keys.Keyring | None = None
    _seen: tuple[int, int] | None = field(default=None)

    def current(self) -> api_keys.Keyring | None:
        """Return the keys, or None where none were ever made."""
        try:
            status = self.path.stat()
            seen = (status.st_mtime_ns, status.st_ino)
        except FileNotFoundError:
            seen = None
        if seen != self._seen:
            self._seen = seen
            try:
                read = api_keys.read_keys(self.path)
            except (OSError, ValueError, LookupError, TypeError) as error:
                log.error("no key is accepted: %s", error)  # noqa: TRY400 - the reason is whole without a trace
                read = api_keys.Keyring({}, "")
            self.ring = api_keys.Keyring({}, "") if read is None and self.ring is not None else read
        return self.ring


class Buckets:
    """Token buckets by client: `burst` requests at once, refilled at `rate` a second."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str, moment: float) -> float:
        """Take one token; return the seconds until there is one again, 0 where it was taken."""
        if self.limits.rate <= 0:
            return 0.0
        left, since = self._left.pop(client, (float(self.limits.burst), moment))
        left = min(self.limits.burst, left + (moment - since) * self.limits.rate)
        allowed = left >= 1
        self._left[client] = (left - 1 if allowed else left, moment)
        if len(self._left) > MAX_CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self.limits.rate


class Admission:
    """Turns away who may not ask (401, 403), asks too often (429), or comes while too many are being answered (503)."""

    def __init__(self, app: ASGIApp, key_file: KeyFile, limits: Limits, *, insecure: bool = False) -> None:
        self.app = app
        self.key_file = key_file
        self.limits = limits
        self.insecure = insecure
        self.buckets = Buckets(limits)
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer why not."""
        if scope["type"] != "http" or scope["path"] in ("/livez", "/healthz", "/readyz"):
            await self.app(scope, receive, send)
            return
        ring = None if self.insecure else self.key_file.current()
        key = _key_of(scope, ring) if ring else None
        address = scope["client"][0] if scope.get("client") else "unknown"
        client = f"key {key.id}" if key else address
        scope.setdefault("state", {}).update(client=client, keys=ring)
        refusal = self._too_often(client) or self._refusal(scope, ring, key)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if self.running >= self.limits.concurrency:
            await _busy()(scope, receive, send)
            return
        self.running += 1
        try:
            # Requests that arrived together are all counted before the first of them is answered.
            await asyncio.sleep(0)
            await self.app(scope, receive, send)
        finally:
            self.running -= 1

    def _too_often(self, client: str) -> Response | None:
        seconds = self.buckets.wait(client, monotonic())
        if not seconds:
            return None
        message = f"more than {self.limits.rate:g} requests a second; try again in {seconds:.1f} s"
        return _refused(429, "too_many_requests", message, {"Retry-After": str(ceil(seconds))})

    def _refusal(self, scope: Scope, ring: api_keys.Keyring | None, key: api_keys.Key | None) -> Response | None:
        path = scope["path"]
        needed: api_keys.Scope = (
            "admin" if path in ADMIN else "read" if scope["method"] in ("GET", "HEAD") else "predict"
        )
        if path in OPEN or path.startswith(OPEN_FOLDER) or self.insecure:
            return None
        if ring is None:
            return _not_local(scope)
        if key is None:
            return None if needed == "admin" and _is_local(scope) else _unknown(scope)
        if not key.allows(needed):
            return _refused(403, "scope_missing", f"this needs a key of scope {needed}; yours has {key.scope}")
        return None


def _key_of(scope: Scope, ring: api_keys.Keyring) -> api_keys.Key | None:
    headers = Headers(scope=scope)
    kind, _, presented = headers.get("authorization", "").partition(" ")
    if kind.casefold() == "bearer":
        return ring.check(presented.strip())
    cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    if not cookie or not _same_origin(scope, headers):
        return None
    return ring.session(cookie)


def _same_origin(scope: Scope, headers: Headers) -> bool:
    """Tell whether a request that may change or cost something comes from one of our own pages."""
    if scope["method"] in ("GET", "HEAD"):
        return True
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host", "?")


def _is_local(scope: Scope) -> bool:
    """Tell whether a client on this machine asks directly, not through a proxy."""
    headers = Headers(scope=scope)
    return loopback(scope["client"][0] if scope.get("client") else "") and not (
        "x-forwarded-for" in headers or "forwarded" in headers
    )


def _not_local(scope: Scope) -> Response | None:
    """Without keys only this machine may ask, and only by a name of its own: another could be a page's, rebound to it."""
    asked = urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
    if _is_local(scope) and loopback(asked):
        return None
    return _refused(403, "keys_needed", "without keys only this machine is answered; run `chokepoint keys create`")


def _unknown(scope: Scope) -> Response:
    accepts = Headers(scope=scope).get("accept", "")
    if scope["method"] == "GET" and "text/html" in accepts and not scope["path"].startswith("/v1/"):
        return RedirectResponse(f"{LOGIN}?next={quote(scope['path'])}", 303, {"Cache-Control": "no-store"})
    message = "a valid key is needed, as `Authorization: Bearer cp_...`; `chokepoint keys create` makes one"
    return _refused(401, "key_needed", message, {"WWW-Authenticate": "Bearer"})


def _busy() -> Response:
    return _refused(503, "busy", "too many requests are being answered; try again in 1 s", {"Retry-After": "1"})


def _refused(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    response = ErrorResponse(status, code, message)
    response.headers.update({"Cache-Control": "no-store"} | (headers or {}))
    return response
