"""Rendering of templates; all text from readers and publishers is escaped."""

from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup
from starlette.responses import HTMLResponse

from serving.pages.components.assets import address
from serving.queries import data_status, wording
from serving.queries.provenance import provenance
from serving.served_publication import ServedPublication

FOLDER = Path(__file__).parents[1] / "templates"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "percent": wording.percent,
        "odds": wording.odds,
        "month": wording.month,
        "months": wording.months,
        "kind": wording.kind,
        "drawn": Markup,
        "headline": data_status.headline,
        "failed_checks": data_status.failed,
        "reach": data_status.reach,
    }
    environment.globals |= {
        "targets": wording.TARGETS,
        "meanings": wording.MEANINGS,
        "states": wording.STATES,
        "static": address,
    }
    return environment


def page(served: ServedPublication | None, template: str, **context: object) -> HTMLResponse:
    """Render a template with the provenance of the publication it shows."""
    shown = None if served is None else {**provenance(served), "publication": served.id}
    return HTMLResponse(_environment().get_template(template).render(provenance=shown, **context))
