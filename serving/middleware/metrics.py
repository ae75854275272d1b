"""Prometheus metrics of the service: requests, predicted risks, the served publication and its data sources."""

from collections.abc import Sequence

from data import calendar
from serving.schemas.prediction import Prediction
from serving.served_publication import ServedPublication
from serving.store import Store

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
RISKS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75)
MAX_COUNTED = 200
"""Predictions counted per request: counting a batch of thousands would take longer than predicting it."""


class Metrics:
    """Prometheus metrics; created in the worker, as BentoML sets only there the folder in which workers share them."""

    def __init__(self) -> None:
        import prometheus_client as client

        self.requests = client.Counter(
            "chokepoint_requests", "Responses by method, route and status.", ["method", "endpoint", "status"]
        )
        self.seconds = client.Histogram(
            "chokepoint_request_seconds", "Duration of a response by route.", ["endpoint"], buckets=SECONDS
        )
        self.risk = client.Histogram(
            "chokepoint_predicted_risk", "Risks of POST /v1/predict, six months ahead.", ["target"], buckets=RISKS
        )
        self.rejected = client.Gauge(
            "chokepoint_publication_refused", "1 while a newer publication is rejected.", multiprocess_mode="livemax"
        )
        self.registry_mismatch = client.Gauge(
            "chokepoint_champion_differs",
            "1 while the registry's champion is another version than the one served.",
            multiprocess_mode="livemax",
        )
        self.model = client.Gauge(
            "chokepoint_model_info",
            "1 for the served model and publication.",
            ["publication", "model", "version", "origin", "data_vintage"],
            multiprocess_mode="livemax",
        )
        self.issued_at = client.Gauge(
            "chokepoint_publication_issued_timestamp_seconds",
            "Time at which the served publication was issued; its age is time() minus this.",
            multiprocess_mode="livemin",
        )
        self.origin = client.Gauge(
            "chokepoint_publication_origin_timestamp_seconds",
            "First instant after the newest origin, up to which data are known.",
            multiprocess_mode="livemin",
        )
        self.table_problems = client.Gauge(
            "chokepoint_feed_units",
            "Capitals for which a table of the panel was late (stale) or missing at the newest origin.",
            ["table", "trouble"],
            multiprocess_mode="livemax",
        )
        self._labels: tuple[str, ...] | None = None

    def count_response(self, method: str, endpoint: str, status: int, seconds: float) -> None:
        """Count a response and observe its duration."""
        self.requests.labels(method, endpoint, str(status)).inc()
        self.seconds.labels(endpoint).observe(seconds)

    def count_predictions(self, predictions: Sequence[Prediction]) -> None:
        """Observe the six-month risks of up to MAX_COUNTED predictions by target."""
        for prediction in predictions[:MAX_COUNTED]:
            for target, curve in prediction.targets.items():
                if curve.risk is not None:
                    self.risk.labels(target).observe(curve.risk[5])

    def update(self, store: Store) -> None:
        """Set the gauges of the served publication: its model, its age, and the capitals with late or missing tables."""
        self.rejected.set(float(store.rejection is not None))
        self.registry_mismatch.set(float(store.registry_mismatch is not None))
        served = store.served
        if served is None:
            return
        row = served.forecasts[served.newest_origin].iloc[0]
        origin = f"{served.newest_origin:%Y-%m}"
        labels = (served.id, str(row["model"]), str(row["model_version"]), origin, str(row["data_vintage"]))
        if self._labels not in (None, labels):
            self.model.labels(*self._labels).set(0)
        self._labels = labels
        self.model.labels(*labels).set(1)
        self.issued_at.set(row["issued_at"].tz_localize("UTC").timestamp())
        self.origin.set(calendar.as_of(served.newest_origin).tz_localize("UTC").timestamp())
        for (table, problem), count in table_problems(served).items():
            self.table_problems.labels(table, problem).set(count)


def table_problems(served: ServedPublication) -> dict[tuple[str, str], int]:
    """Return the number of capitals by table and problem, from flags such as `stale:countries`."""
    flags = served.forecasts[served.newest_origin].drop_duplicates("iso3")["flags"].str.split().explode().dropna()
    counts = flags[flags.str.contains(":")].value_counts()
    return {(flag.partition(":")[2], flag.partition(":")[0]): int(count) for flag, count in counts.items()}
