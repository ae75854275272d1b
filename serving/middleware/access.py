"""Access control: API keys and their scopes, then rate and concurrency limits, before anything is read or computed."""

import asyncio
import logging
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
from serving.middleware.rate_limit import Limits, TokenBuckets

log = logging.getLogger("chokepoint.api_keys")

PUBLIC = ("/livez", "/readyz", "/healthz", LOGIN)
PUBLIC_FOLDER = "/static/"
"""Paths that need no key: probes, and the login page with its files."""
ADMIN = ("/metrics",)


@dataclass
class KeyFile:
    """Current keys, reloaded when the file changes; a lost or broken file grants nobody access."""

    path: Path
    ring: api_keys.Keyring | None = None
    _seen: tuple[int, int] | None = field(default=None)

    def current(self) -> api_keys.Keyring | None:
        """Return the keys, or None where none were ever created."""
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


class AccessControl:
    """Middleware that answers 401 or 403 without access, 429 over the rate limit, 503 over the concurrency limit."""

    def __init__(self, app: ASGIApp, key_file: KeyFile, limits: Limits, *, insecure: bool = False) -> None:
        self.app = app
        self.key_file = key_file
        self.limits = limits
        self.insecure = insecure
        self.buckets = TokenBuckets(limits)
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a permitted request on, or answer with its refusal."""
        if scope["type"] != "http" or scope["path"] in ("/livez", "/healthz", "/readyz"):
            await self.app(scope, receive, send)
            return
        ring = None if self.insecure else self.key_file.current()
        key = _key_of(scope, ring) if ring else None
        address = scope["client"][0] if scope.get("client") else "unknown"
        client = f"key {key.id}" if key else address
        scope.setdefault("state", {}).update(client=client, keys=ring)
        refusal = self._rate_limited(client) or self._refusal(scope, ring, key)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if self.running >= self.limits.concurrency:
            await _overloaded()(scope, receive, send)
            return
        self.running += 1
        try:
            # Requests that arrived together are all counted before the first of them is processed.
            await asyncio.sleep(0)
            await self.app(scope, receive, send)
        finally:
            self.running -= 1

    def _rate_limited(self, client: str) -> Response | None:
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
        if path in PUBLIC or path.startswith(PUBLIC_FOLDER) or self.insecure:
            return None
        if ring is None:
            return _require_local(scope)
        if key is None:
            return None if needed == "admin" and _is_local(scope) else _key_needed(scope)
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
    """Return whether a request that may change or cost something comes from one of our own pages."""
    if scope["method"] in ("GET", "HEAD"):
        return True
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host", "?")


def _is_local(scope: Scope) -> bool:
    """Return whether the client is on this machine and not behind a proxy."""
    headers = Headers(scope=scope)
    return loopback(scope["client"][0] if scope.get("client") else "") and not (
        "x-forwarded-for" in headers or "forwarded" in headers
    )


def _require_local(scope: Scope) -> Response | None:
    """Refuse other machines while there are no keys, and host names that DNS rebinding may have pointed here."""
    asked = urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
    if _is_local(scope) and loopback(asked):
        return None
    return _refused(403, "keys_needed", "without keys only this machine is answered; run `chokepoint keys create`")


def _key_needed(scope: Scope) -> Response:
    accepts = Headers(scope=scope).get("accept", "")
    if scope["method"] == "GET" and "text/html" in accepts and not scope["path"].startswith("/v1/"):
        return RedirectResponse(f"{LOGIN}?next={quote(scope['path'])}", 303, {"Cache-Control": "no-store"})
    message = "a valid key is needed, as `Authorization: Bearer cp_...`; `chokepoint keys create` makes one"
    return _refused(401, "key_needed", message, {"WWW-Authenticate": "Bearer"})


def _overloaded() -> Response:
    return _refused(503, "busy", "too many requests are being answered; try again in 1 s", {"Retry-After": "1"})


def _refused(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    response = ErrorResponse(status, code, message)
    response.headers.update({"Cache-Control": "no-store"} | (headers or {}))
    return response
