"""Request metrics and the access log: one count and one line a request."""

import json
import logging
from collections.abc import Callable
from functools import lru_cache
from time import perf_counter
from typing import Any

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data import calendar
from serving.middleware.metrics import Metrics

access_log = logging.getLogger("chokepoint.access")
NO_ROUTE = "none"
"""Label of unknown paths, so that a scan for them does not add a label each."""


class RequestMetrics:
    """Middleware that counts every response and logs its time, client, method, path as sent, status and milliseconds.

    Headers, query and body are not logged, as they may hold keys.
    """

    def __init__(
        self, app: ASGIApp, routes: list[BaseRoute], metrics: Metrics | None = None, *, as_json: bool = False
    ) -> None:
        self.app = app
        self.label = route_label(routes)
        self.metrics = metrics
        self.as_json = as_json

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on and record its response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = perf_counter(), 500
        scope.setdefault("state", {})

        async def recorded(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, recorded)
        finally:
            seconds = perf_counter() - started
            if self.metrics is not None:
                label = self.label(scope["method"], scope["path"])
                self.metrics.count_response(scope["method"], label, status, seconds)
            if access_log.isEnabledFor(logging.INFO):
                self._write(scope, status, seconds)

    def _write(self, scope: Scope, status: int, seconds: float) -> None:
        # As sent, percent-encoded: a decoded path could forge lines of the log.
        path = scope.get("raw_path", b"").decode("latin-1")
        client = scope["state"].get("client") or (scope["client"][0] if scope.get("client") else "unknown")
        milliseconds = round(1000 * seconds, 1)
        if self.as_json:
            line: dict[str, Any] = {"time": calendar.now().isoformat(timespec="milliseconds"), "client": client}
            line |= {"method": scope["method"], "path": path, "status": status, "ms": milliseconds}
            access_log.info(json.dumps(line))
        else:
            access_log.info("%s %s %s %d %.1f ms", client, scope["method"], path, status, milliseconds)


def route_label(routes: list[BaseRoute]) -> Callable[[str, str], str]:
    """Return a function of method and path that gives the template of the matching route, a label of bounded cardinality."""

    @lru_cache(4096)
    def label(method: str, path: str) -> str:
        scope = {"type": "http", "method": method, "path": path}
        matched = next((route for route in routes if route.matches(scope)[0] is not Match.NONE), None)
        return str(getattr(matched, "path", NO_ROUTE))

    return label
