"""What the service says of itself: one line and one count a request, and the figures that Prometheus collects."""

import json
import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from time import perf_counter
from typing import Any

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data import calendar
from serving.schemas.prediction import Prediction
from serving.store import ServedPublication, Store

access = logging.getLogger("chokepoint.access")

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
RISKS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75)
NO_ROUTE = "none"
"""Label of every path that no route has, so that a scan does not make a label of each."""
MAX_OBSERVED = 200
"""Predictions of one request that are counted: a batch of thousands would take longer to count than to make."""


class Metrics:
    """The service's Prometheus metrics; made in the worker, as BentoML says only there where the workers share them."""

    def __init__(self) -> None:
        import prometheus_client as client

        self.requests = client.Counter(
            "chokepoint_requests", "Answers by method, route and status.", ["method", "endpoint", "status"]
        )
        self.seconds = client.Histogram(
            "chokepoint_request_seconds", "Time of an answer by route.", ["endpoint"], buckets=SECONDS
        )
        self.risk = client.Histogram(
            "chokepoint_predicted_risk", "Risks of POST /v1/predict, six months ahead.", ["target"], buckets=RISKS
        )
        self.refusals = client.Gauge(
            "chokepoint_publication_refused", "1 while a newer publication is refused.", multiprocess_mode="livemax"
        )
        self.apart = client.Gauge(
            "chokepoint_champion_differs",
            "1 while the registry's champion is another version than the one served.",
            multiprocess_mode="livemax",
        )
        self.model = client.Gauge(
            "chokepoint_model_info",
            "1 for the model and publication that answer.",
            ["publication", "model", "version", "origin", "data_vintage"],
            multiprocess_mode="livemax",
        )
        self.issued = client.Gauge(
            "chokepoint_publication_issued_timestamp_seconds",
            "When the served publication was made; its age is time() minus this.",
            multiprocess_mode="livemin",
        )
        self.origin = client.Gauge(
            "chokepoint_publication_origin_timestamp_seconds",
            "First instant after the newest origin: what is known ends there.",
            multiprocess_mode="livemin",
        )
        self.feeds = client.Gauge(
            "chokepoint_feed_units",
            "Capitals for which a table of the panel was late (stale) or missing at the newest origin.",
            ["table", "trouble"],
            multiprocess_mode="livemax",
        )
        self._shown: tuple[str, ...] | None = None

    def answered(self, method: str, endpoint: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self.requests.labels(method, endpoint, str(status)).inc()
        self.seconds.labels(endpoint).observe(seconds)

    def predicted(self, predictions: Sequence[Prediction]) -> None:
        """Count the risks of the first predictions by target, where there are any."""
        for prediction in predictions[:MAX_OBSERVED]:
            for target, curve in prediction.targets.items():
                if curve.risk is not None:
                    self.risk.labels(target).observe(curve.risk[5])

    def show(self, store: Store) -> None:
        """Say which publication is served, how old it is, and what its feeds lacked."""
        self.refusals.set(float(store.rejection is not None))
        self.apart.set(float(store.registry_mismatch is not None))
        served = store.served
        if served is None:
            return
        row = served.forecasts[served.newest_origin].iloc[0]
        shown = (served.id, *(str(row[c]) for c in ("model", "model_version")))
        shown = (*shown, f"{served.newest_origin:%Y-%m}", str(row["data_vintage"]))
        if self._shown not in (None, shown):
            self.model.labels(*self._shown).set(0)
        self._shown = shown
        self.model.labels(*shown).set(1)
        self.issued.set(row["issued_at"].tz_localize("UTC").timestamp())
        self.origin.set(calendar.as_of(served.newest_origin).tz_localize("UTC").timestamp())
        for (table, trouble), count in troubles(served).items():
            self.feeds.labels(table, trouble).set(count)


def troubles(served: ServedPublication) -> dict[tuple[str, str], int]:
    """Count capitals by table and trouble, from flags such as `stale:countries`."""
    words = served.forecasts[served.newest_origin].drop_duplicates("iso3")["flags"].str.split().explode().dropna()
    found = words[words.str.contains(":")].value_counts()
    return {(word.partition(":")[2], word.partition(":")[0]): int(count) for word, count in found.items()}


class Observed:
    """Counts every answer and writes a line of it: time, client, method, path as sent, status, and milliseconds.

    No header, query or body is written: keys travel there.
    """

    def __init__(
        self, app: ASGIApp, routes: list[BaseRoute], metrics: Metrics | None = None, *, as_json: bool = False
    ) -> None:
        self.app = app
        self.label = labelled(routes)
        self.metrics = metrics
        self.as_json = as_json

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = perf_counter(), 500
        scope.setdefault("state", {})

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            seconds = perf_counter() - started
            if self.metrics is not None:
                label = self.label(scope["method"], scope["path"])
                self.metrics.answered(scope["method"], label, status, seconds)
            if access.isEnabledFor(logging.INFO):
                self._write(scope, status, seconds)

    def _write(self, scope: Scope, status: int, seconds: float) -> None:
        # As sent, percent-encoded: a decoded path could forge lines of the log.
        path = scope.get("raw_path", b"").decode("latin-1")
        client = scope["state"].get("client") or (scope["client"][0] if scope.get("client") else "unknown")
        took = round(1000 * seconds, 1)
        if self.as_json:
            line: dict[str, Any] = {"time": calendar.now().isoformat(timespec="milliseconds"), "client": client}
            line |= {"method": scope["method"], "path": path, "status": status, "ms": took}
            access.info(json.dumps(line))
        else:
            access.info("%s %s %s %d %.1f ms", client, scope["method"], path, status, took)


def labelled(routes: list[BaseRoute]) -> Callable[[str, str], str]:
    """Give a function of method and path: the template of the route that answers, as bounded a label as there are routes."""

    @lru_cache(4096)
    def label(method: str, path: str) -> str:
        scope = {"type": "http", "method": method, "path": path}
        matched = next((route for route in routes if route.matches(scope)[0] is not Match.NONE), None)
        return str(getattr(matched, "path", NO_ROUTE))

    return label
