"""ASGI middleware: access, limits, headers, response cache, metrics and tracing."""
