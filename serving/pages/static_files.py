"""The route of the style sheet and the scripts."""

from fastapi import APIRouter
from starlette.responses import Response

from serving.api.errors import ApiError
from serving.pages.components.assets import assets

router = APIRouter(include_in_schema=False)
FOREVER = {"cache-control": "public, max-age=31536000, immutable"}


@router.get("/static/{name}")
def static(name: str) -> Response:
    """Return a style sheet or script."""
    if name not in assets():
        raise ApiError(404, "unknown_path", "no such file; load the page again for the current names")
    content, kind = assets()[name]
    return Response(content, media_type=kind, headers=FOREVER)
