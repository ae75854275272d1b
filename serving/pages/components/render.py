"""Templates to pages, with everything a reader typed or a publisher wrote escaped."""

from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup
from starlette.responses import HTMLResponse

from serving.pages.components.assets import address
from serving.queries import wording
from serving.queries.provenance import provenance
from serving.store import ServedPublication

KEPT = 64
"""Pages held in memory, 300 KB each at most; the oldest goes first."""
FOLDER = Path(__file__).parents[1] / "templates"


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "percent": wording.percent,
        "odds": wording.odds,
        "month": wording.month,
        "kind": wording.kind,
        "drawn": Markup,
    }
    made.globals |= {"targets": wording.TARGETS, "meanings": wording.MEANINGS, "static": address}
    return made


def page(served: ServedPublication | None, template: str, **context: object) -> HTMLResponse:
    """Render a template; every page says which publication it shows."""
    shown = None if served is None else {**provenance(served), "publication": served.id}
    return HTMLResponse(_environment().get_template(template).render(provenance=shown, **context))


_pages: dict[Hashable, bytes] = {}


def kept(key: Hashable, make: Callable[[], bytes]) -> bytes:
    """Return a page made before under the same key, or make it; the key names the folder of the publication it shows."""
    body = _pages.pop(key, None) or make()
    _pages[key] = body
    while len(_pages) > KEPT:
        _pages.pop(next(iter(_pages)), None)
    return body
