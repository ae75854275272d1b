"""Coups: recent attempts at home and abroad."""

import numpy as np

from data.panel import View
from features.base import Columns, Group, decayed, log1p, months_since
from features.geography import region_mean, weighted_neighbours

FEATURES = {
    "coups_decayed_60m": "Coups and attempts of the past thirty years with a half-life of five: coups breed coups.",
    "months_since_coup": "Months since the last coup or attempt, 360 at most: the danger fades slowly.",
    "coups_24m": "Coups and attempts in two years: the last one is rarely the last.",
    "coup_success_decayed_24m": "Successful coups with a half-life of two years: a junta is easier to topple.",
    "region_coups_24m": "Coups and attempts per state of the region in two years: example and means spread.",
    "neighbour_coups_24m": "Coups and attempts of nearby countries in two years by distance of capitals.",
    "world_coups_12m": "ln(1+coups and attempts) in the world in twelve months: waves.",
}


def compute(view: View) -> Columns:
    """Compute the group at one origin."""
    successful = view.recent("coups", "successful", 360)
    every = successful + view.recent("coups", "failed", 360)
    two_years = np.nansum(every[:, -24:], axis=1) + np.where(np.isfinite(every[:, -1]), 0, np.nan)
    world = np.nansum(every[:, -12:])
    return {
        "coups_decayed_60m": decayed(every, 60),
        "months_since_coup": np.where(np.isfinite(every[:, -1]), months_since(every > 0, 360), np.nan),
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
    frozenset({"coups_decayed_60m", "coups_24m"}),
)
