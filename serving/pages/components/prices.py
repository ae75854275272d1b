"""Fuel and food prices in a capital's market, drawn and tabulated."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data import calendar
from serving.pages.components import charts
from serving.queries import wording
from serving.served_publication import ServedPublication

MONTHS = 24
GOODS = {"fuel": "Fuel", "staple": "Staple food"}


@dataclass(frozen=True)
class Prices:
    """The newest known months, for the goods with a price in any of them."""

    newest: str
    goods: list[str]
    lines: list[dict[str, str]]
    """Newest first: `month`, and each good's change against the median of the six months before."""
    drawing: str


def prices(served: ServedPublication, iso3: str) -> Prices | None:
    """Return each month's prices against the median of the six months before; None where none is known."""
    cube = served.panel.cubes.get("prices")
    if cube is None:
        return None
    row, origin = served.panel.iso3.index(iso3), calendar.month_index(served.newest_origin)
    cube = cube.at(origin)
    known = np.flatnonzero(cube.visible[row] <= origin)[-MONTHS:]
    shares = pd.DataFrame(
        {label: cube.values[row, known, cube.names.index(f"{good}_vs_median_6m")] for good, label in GOODS.items()},
        index=[calendar.month_at(int(place) + cube.first) for place in known],
    ).dropna(axis=1, how="all")
    if shares.empty:
        return None
    lines = [
        {"month": wording.month(month)} | {label: _change(float(share)) for label, share in changes.items()}
        for month, changes in shares[::-1].iterrows()
    ]
    newest = "; ".join(
        f"{label.lower()} {_change(float(changes.dropna().iloc[-1]))} in the newest month with a price"
        for label, changes in shares.items()
    )
    name = f"Prices in {served.capitals.at[iso3, 'capital']} against the median of the six months before: {newest}"
    months = [calendar.month_index(month) for month in shares.index]
    drawing = charts.shares(months, {str(label): changes.tolist() for label, changes in shares.items()}, name)
    return Prices(wording.month(shares.index[-1]), list(shares), lines, drawing)


def _change(share: float) -> str:
    if math.isnan(share):
        return "–"
    return "as before" if abs(share) < 0.005 else f"{100 * share:+.0f} %"
