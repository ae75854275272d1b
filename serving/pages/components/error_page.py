"""Errors as a page for browsers; programs get the JSON of `serving.api.errors`."""

from starlette.requests import Request
from starlette.responses import Response

from serving.pages.components.render import page
from serving.served_publication import ServedPublication


def is_browser(request: Request) -> bool:
    """Return whether a browser asks, and not for a path of the API."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


def error_page(request: Request, status: int, message: str) -> Response:
    """Return the error page."""
    served = getattr(request.state, "served", None)
    response = page(
        served if isinstance(served, ServedPublication) else None, "error.html", status=status, message=message
    )
    response.status_code = status
    return response
