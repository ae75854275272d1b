"""Fuel and staple prices in the capital's market: what a blockade does first."""

import numpy as np

from data.panel.panel import View
from features.base import Columns, Floats, Group

SEASONS = 4
"""Earlier years whose same month tells what is usual."""

FEATURES = {
    "fuel_change_1m": "Largest monthly change of fuel prices in the last three known months, as a share: queues and black markets.",
    "fuel_vs_median_6m": "Fuel price against the median of the six months before, as a share.",
    "fuel_change_1m_net": "Monthly change of fuel in US dollars less the median of all countries: a local want, not a world price.",
    "fuel_vs_season": "Newest monthly change of fuel less the mean change of the same month of the four years before, as a share: a want that no season explains.",
    "fuel_age": "Months since fuel prices were last reported: markets that stop reporting.",
    "staple_change_1m": "Largest monthly change of staple food prices in the last three known months, as a share.",
    "staple_vs_median_6m": "Staple price against the median of the six months before, as a share.",
    "staple_change_1m_net": "Monthly change of staples in US dollars less the median of all countries.",
    "staple_vs_season": "Newest monthly change of staples less the mean change of the same month of the four years before, as a share: prices rise before every harvest.",
    "staple_age": "Months since staple prices were last reported.",
}


def compute(view: View) -> Columns:
    """Compute the group at one origin."""
    columns: Columns = {}
    for group in ("fuel", "staple"):
        changes = view.recent("prices", f"{group}_change_1m", 3)
        columns[f"{group}_change_1m"] = np.fmax.reduce(changes, axis=1)
        columns[f"{group}_vs_median_6m"] = view.last("prices", f"{group}_vs_median_6m")
        columns[f"{group}_change_1m_net"] = view.last("prices", f"{group}_change_1m_net")
        columns[f"{group}_vs_season"] = _vs_season(view, f"{group}_change_1m")
        columns[f"{group}_age"] = _age(view, f"{group}_series")
    return columns


def _vs_season(view: View, column: str) -> Floats:
    """Return the newest value less the mean of the same month of earlier years; NaN where none is known."""
    back = view.recent("prices", column, 12 * SEASONS + 1)
    earlier = back[:, :-1:12]
    known = np.isfinite(earlier)
    usual = np.where(known, earlier, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(known.any(axis=1), back[:, -1] - usual, np.nan).astype(np.float32)


def _age(view: View, column: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    known = np.isfinite(view.recent("prices", column, 24))
    since = np.where(known.any(axis=1), np.argmax(known[:, ::-1], axis=1), np.nan)
    return (since + view.age("prices")).astype(np.float32)


GROUP = Group(
    "prices",
    "fuel and food prices in the capital",
    FEATURES,
    compute,
    ("prices",),
    frozenset(f for f in FEATURES if "age" not in f),
)
