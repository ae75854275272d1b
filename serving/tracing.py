"""OpenTelemetry traces, off unless asked for: one span a request, named by its route."""

from starlette.types import ASGIApp

from data.settings import settings

QUIET = "livez,readyz,healthz,metrics"


def traced(app: ASGIApp) -> ASGIApp:
    """Put tracing around an application where CHOKEPOINT_TRACES says where the traces go.

    `otlp` needs the extra `chokepoint[tracing]` and takes its address from OpenTelemetry's own variables.
    """
    target = settings().traces
    if not target:
        return app
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter

    exporter: SpanExporter
    if target == "otlp":
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        except ImportError as error:
            raise LookupError("CHOKEPOINT_TRACES=otlp needs `pip install 'chokepoint[tracing]'`") from error
        exporter = OTLPSpanExporter()
    else:
        exporter = ConsoleSpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "chokepoint"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return OpenTelemetryMiddleware(app, excluded_urls=QUIET, tracer_provider=provider)
