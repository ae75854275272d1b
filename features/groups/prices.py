"""Fuel and staple prices in the capital's market, which a blockade moves first."""

from functools import partial

import numpy as np

from data.panel.view import View
from features.base import RISING, Columns, Feature, Floats, Group, Unit, described

SEASONS = 4
"""Earlier years whose same month is the seasonal baseline."""

_feature = partial(Feature, unit=Unit.SHARE, direction=RISING, tables=("prices",))
FEATURES = described(
    _feature(
        "fuel_change_1m",
        "largest monthly change of fuel prices in the last three known months, as a share",
        3,
        fleeting=True,
        reason="queues and black markets",
        columns=("fuel_change_1m",),
    ),
    _feature("fuel_vs_median_6m", "fuel price against the median of the six months before, as a share", 1),
    _feature(
        "fuel_change_1m_net",
        "monthly change of fuel in US dollars less the median of all countries",
        1,
        fleeting=True,
        reason="a local want, not a world price",
    ),
    _feature(
        "fuel_vs_season",
        "newest monthly change of fuel less the mean change of the same month of the four years before, as a share",
        12 * SEASONS + 1,
        reason="a want that no season explains",
        columns=("fuel_change_1m",),
    ),
    _feature(
        "staple_change_1m",
        "largest monthly change of staple food prices in the last three known months, as a share",
        3,
        fleeting=True,
        columns=("staple_change_1m",),
    ),
    _feature("staple_vs_median_6m", "staple price against the median of the six months before, as a share", 1),
    _feature(
        "staple_change_1m_net",
        "monthly change of staples in US dollars less the median of all countries",
        1,
        fleeting=True,
    ),
    _feature(
        "staple_vs_season",
        "newest monthly change of staples less the mean change of the same month of the four years before, as a share",
        12 * SEASONS + 1,
        reason="prices rise before every harvest",
        columns=("staple_change_1m",),
    ),
)


def compute(view: View) -> Columns:
    """Compute the group at one origin."""
    columns: Columns = {}
    for group in ("fuel", "staple"):
        changes = view.recent("prices", f"{group}_change_1m", 3)
        columns[f"{group}_change_1m"] = np.fmax.reduce(changes, axis=1)
        columns[f"{group}_vs_median_6m"] = view.last("prices", f"{group}_vs_median_6m")
        columns[f"{group}_change_1m_net"] = view.last("prices", f"{group}_change_1m_net")
        columns[f"{group}_vs_season"] = _vs_season(view, f"{group}_change_1m")
    return columns


def _vs_season(view: View, column: str) -> Floats:
    """Return the newest value less the mean of the same month of earlier years; NaN where none is known."""
    back = view.recent("prices", column, 12 * SEASONS + 1)
    earlier = back[:, :-1:12]
    known = np.isfinite(earlier)
    usual = np.where(known, earlier, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(known.any(axis=1), back[:, -1] - usual, np.nan).astype(np.float32)


GROUP = Group("prices", "fuel and food prices in the capital", FEATURES, compute)
