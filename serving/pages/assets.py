"""The style sheet, served from here."""

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

router = APIRouter(include_in_schema=False)
STYLE = (Path(__file__).parent / "style.css").read_text()


@router.get("/style.css")
def style() -> Response:
    """Return the style sheet of every page."""
    return Response(STYLE, media_type="text/css")
