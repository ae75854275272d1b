"""A briefing as one HTML file that loads nothing."""

import base64
import io
from pathlib import Path

import jinja2
from matplotlib.figure import Figure

from data.files.atomic import atomic_write
from serving.briefing.blocks import Brief

FOLDER = Path(__file__).parent


def write_html(brief: Brief, path: Path) -> None:
    """Write the page by an atomic write."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters["svg"] = _svg
    page = environment.get_template("brief.html").render(brief=brief)
    atomic_write(path, lambda draft: draft.write_text(page, encoding="utf-8"))


def _svg(figure: Figure) -> str:
    drawn = io.BytesIO()
    figure.savefig(drawn, format="svg")
    return base64.b64encode(drawn.getvalue()).decode()
