"""Prices in a capital's market, where any are reported."""

import math

import numpy as np

from data import calendar
from serving.pages import words
from serving.state import Issue

MONTHS = 24
GOODS = {"fuel": "Fuel", "staple": "Staple food"}


def prices(issue: Issue, iso3: str) -> list[dict[str, object]]:
    """Return the newest known months' prices against the six months before each, newest first; empty where none is known."""
    cube = issue.panel.cubes.get("prices")
    if cube is None:
        return []
    row, origin = issue.panel.iso3.index(iso3), calendar.month_index(issue.newest)
    known = np.flatnonzero(cube.visible[row] <= origin)
    lines: list[dict[str, object]] = []
    for place in known[::-1][:MONTHS]:
        month = calendar.month_at(int(place) + cube.first)
        shown = {g: _told(float(cube.values[row, place, cube.names.index(f"{g}_vs_median_6m")])) for g in GOODS}
        lines.append({"month": words.month(month), **shown})
    return lines


def _told(share: float) -> str:
    if math.isnan(share):
        return "–"
    return "as before" if abs(share) < 0.005 else f"{100 * share:+.0f} %"
