"""Coups: recent attempts at home and abroad."""

import numpy as np
import pandas as pd

from data import calendar
from data.panel.panel import View
from features.base import Columns, Group, decayed, log1p, months_since
from features.geography import region_mean, weighted_neighbours

FIRST_LISTED = pd.Timestamp("1950-01-01")
"""Powell & Thyne's list begins here, four decades before the panel: coups of the cold war still tell armies apart."""
LONG_AGO = 600

FEATURES = {
    "coups_decayed_60m": "Coups and attempts since 1950 with a half-life of five years: coups breed coups.",
    "coups_decayed_240m": "Coups and attempts since 1950 with a half-life of twenty years: armies keep the habit of a generation.",
    "coups_ever": "ln(1+coups and attempts since 1950): where power has ever changed hands by force.",
    "coup_success_decayed_240m": "Successful coups since 1950 with a half-life of twenty years: it can be done here.",
    "months_since_coup": "Months since the last coup or attempt, 600 at most: the danger fades slowly.",
    "coups_24m": "Coups and attempts in two years: the last one is rarely the last.",
    "coup_success_decayed_24m": "Successful coups with a half-life of two years: a junta is easier to topple.",
    "region_coups_24m": "Coups and attempts per state of the region in two years: example and means spread.",
    "neighbour_coups_24m": "Coups and attempts of nearby countries in two years by distance of capitals.",
    "world_coups_12m": "ln(1+coups and attempts) in the world in twelve months: waves.",
}


def compute(view: View) -> Columns:
    """Compute the group at one origin."""
    back = view.index - calendar.month_index(FIRST_LISTED) + 1
    successful = view.recent("coups", "successful", back)
    every = successful + view.recent("coups", "failed", back)
    two_years = np.nansum(every[:, -24:], axis=1) + np.where(np.isfinite(every[:, -1]), 0, np.nan)
    world = np.nansum(every[:, -12:])
    return {
        "coups_decayed_60m": decayed(every, 60),
        "coups_decayed_240m": decayed(every, 240),
        "coups_ever": log1p(decayed(every, np.inf)),
        "coup_success_decayed_240m": decayed(successful, 240),
        "months_since_coup": np.where(np.isfinite(every[:, -1]), months_since(every > 0, LONG_AGO), np.nan),
        "coups_24m": two_years.astype(np.float32),
        "coup_success_decayed_24m": decayed(successful, 24),
        "region_coups_24m": region_mean(view.units, two_years.astype(np.float32)),
        "neighbour_coups_24m": weighted_neighbours(view.units, two_years.astype(np.float32)),
        "world_coups_12m": log1p(np.where(np.isfinite(two_years), world, np.nan).astype(np.float32)),
    }


GROUP = Group(
    "coups",
    "coups at home and in the region",
    FEATURES,
    compute,
    ("coups",),
    frozenset({"coups_decayed_60m", "coups_decayed_240m", "coups_ever", "coup_success_decayed_240m", "coups_24m"}),
    frozenset({"months_since_coup"}),
)
