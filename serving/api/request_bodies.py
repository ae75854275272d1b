"""Content type required of request bodies."""

from typing import Any

from fastapi import Request

from data.settings import settings
from serving.api.errors import ApiError, ErrorDocument

BODIES: dict[int | str, dict[str, Any]] = {
    413: {"model": ErrorDocument, "description": f"The body is larger than {settings().max_body_mb:g} MB"},
    415: {"model": ErrorDocument, "description": "The Content-Type is not JSON"},
}


async def require_json(request: Request) -> None:
    """Raise 415 unless the Content-Type is JSON: pages of other origins can send other types without a preflight request."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        actual = f"not {kind[:60]!r}" if kind else "and there is none"
        message = f"send the body as Content-Type: application/json, {actual}"
        raise ApiError(415, "not_json", message, {"content-type": "is not application/json"})
