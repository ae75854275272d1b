"""World map as SVG: each state in the shade of its capital's risk, hatched where a disruption is going on."""

import math
from collections.abc import Iterable, Mapping
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from serving.queries import wording
from serving.queries.reference.country_outlines import HEIGHT, WIDTH, outlines, project

STEPS = (0.005, 0.01, 0.02, 0.05, 0.1)
"""Upper ends of the shades; the same at every horizon, so that maps can be compared."""
SMALL_PATH = 60
"""Countries whose outline has fewer characters are a few pixels wide and get a dot besides."""
HATCH = (
    '<defs><pattern id="hatch" width="60" height="60" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="hatch-ground" width="60" height="60"/><rect class="hatch-line" width="24" height="60"/></pattern></defs>'
)


def shade(score: float) -> int:
    """Return the number of a risk's shade, 0 the lightest."""
    return sum(score >= step for step in STEPS)


def legend() -> list[tuple[int, str]]:
    """Return each shade with its range of risks."""
    edges = [wording.percent(step) for step in STEPS]
    between = [f"{low.removesuffix(' %')} to {high}" for low, high in pairwise(edges)]
    return list(enumerate([f"under {edges[0]}", *between, f"{edges[-1]} and more"]))


def world_map(rows: Iterable[Mapping[str, Any]], title: str, description: str) -> str:
    """Draw the map; a row has iso3, capital, country, latitude, longitude, score, state and label."""
    by_code = {row["iso3"]: row for row in rows}
    shapes, dots = [], []
    for code, path in outlines().items():
        row = by_code.get(code)
        if row is None:
            shapes.append(f'<path class="land" d="{path}"/>')
            continue
        look, note = _look(row), f"<title>{escape(str(row['label']))}</title>"
        shapes.append(f'<path {look} data-iso3="{code}" d="{path}">{note}</path>')
        if len(path) < SMALL_PATH:
            x, y = project(np.array([row["longitude"]]), np.array([row["latitude"]]))
            dots.append(
                f'<circle {look} data-iso3="{code}" cx="{10 * x[0]:.0f}" cy="{10 * y[0]:.0f}" r="45">{note}</circle>'
            )
    return (
        f'<svg class="world" viewBox="0 0 {10 * WIDTH} {10 * HEIGHT}" role="img" aria-labelledby="map-title map-desc">'
        f'<title id="map-title">{escape(title)}</title><desc id="map-desc">{escape(description)}</desc>'
        f"{HATCH}{''.join(shapes)}{''.join(dots)}</svg>"
    )


def _look(row: Mapping[str, Any]) -> str:
    if row["state"] == "ongoing":
        return 'class="on" fill="url(#hatch)"'
    return 'class="land"' if math.isnan(row["score"]) else f'class="q{shade(row["score"])}"'
