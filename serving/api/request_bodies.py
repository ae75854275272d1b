"""What a request body must be called."""

from typing import Any

from fastapi import Request

from data.settings import settings
from serving.api.errors import ApiError, ErrorDocument

BODIES: dict[int | str, dict[str, Any]] = {
    413: {"model": ErrorDocument, "description": f"The body is larger than {settings().max_body_mb:g} MB"},
    415: {"model": ErrorDocument, "description": "The body is not called JSON by its Content-Type"},
}


async def called_json(request: Request) -> None:
    """Refuse a body that is not called JSON: a page of another origin can send others without asking first."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        given = f"not {kind[:60]!r}" if kind else "and there is none"
        message = f"send the body as Content-Type: application/json, {given}"
        raise ApiError(415, "not_json", message, {"content-type": "is not application/json"})
