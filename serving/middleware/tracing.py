"""OpenTelemetry traces, off unless asked for: one span a request, named by its route."""

from functools import cache

from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from starlette.types import ASGIApp, Scope

from data.settings import settings
from serving.middleware.request_metrics import route_label
from serving.route_table import route_table

QUIET = "livez,readyz,healthz,metrics"


def traced(app: ASGIApp) -> ASGIApp:
    """Wrap an application in tracing where CHOKEPOINT_TRACES names an exporter.

    `otlp` needs the extra `chokepoint[tracing]` and takes its address from OpenTelemetry's own variables.
    """
    if not settings().traces:
        return app
    label = route_label(route_table())

    def named(scope: Scope) -> tuple[str, dict[str, str]]:
        route = label(scope["method"], scope["path"])
        return f"{scope['method']} {route}", {"http.route": route}

    return OpenTelemetryMiddleware(
        app,
        excluded_urls=QUIET,
        default_span_details=named,
        tracer_provider=_provider(),
        exclude_spans=["receive", "send"],
    )


def flush() -> None:
    """Export pending spans, which a worker that ends would not wait for."""
    if settings().traces:
        _provider().shutdown()


@cache
def _provider() -> TracerProvider:
    exporter: SpanExporter
    if settings().traces == "otlp":
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        except ImportError as error:
            raise LookupError("CHOKEPOINT_TRACES=otlp needs `pip install 'chokepoint[tracing]'`") from error
        exporter = OTLPSpanExporter()
    else:
        exporter = ConsoleSpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "chokepoint"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
