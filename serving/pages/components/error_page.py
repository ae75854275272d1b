"""Errors for people: browsers get a page, programs the JSON of `serving.errors`."""

from starlette.requests import Request
from starlette.responses import Response

from serving.pages.components.render import page
from serving.store import ServedPublication


def wanted(request: Request) -> bool:
    """Tell whether a person is asking: a browser, and not for a path of the API."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


def problem_page(request: Request, status: int, message: str) -> Response:
    """Say in a page what is wrong."""
    served = getattr(request.state, "served", None)
    response = page(
        served if isinstance(served, ServedPublication) else None, "error.html", status=status, message=message
    )
    response.status_code = status
    return response
