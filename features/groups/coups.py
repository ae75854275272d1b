"""Coups: recent attempts at home and abroad."""

from functools import partial

import numpy as np
import pandas as pd

from data import calendar
from data.panel.view import View
from features.base import FALLING, RISING, Columns, Feature, Group, Scope, Unit, decayed, described, log1p, months_since
from features.geography import region_mean, weighted_neighbours

FIRST_LISTED = pd.Timestamp("1950-01-01")
"""Powell & Thyne's list begins here, four decades before the panel: coups of the cold war still distinguish armies."""
LONG_AGO = 600

_feature = partial(Feature, tables=("coups",))
FEATURES = described(
    _feature(
        "coups_decayed_60m",
        "coups and attempts since 1950 with a half-life of five years",
        direction=RISING,
        reason="coups breed coups",
        columns=("successful", "failed"),
        counted="coups and attempts",
    ),
    _feature(
        "coups_decayed_240m",
        "coups and attempts since 1950 with a half-life of twenty years",
        direction=RISING,
        reason="armies keep the habit of a generation",
        columns=("successful", "failed"),
        counted="coups and attempts",
    ),
    _feature(
        "coups_ever",
        "coups and attempts since 1950",
        unit=Unit.LOG_COUNT,
        direction=RISING,
        reason="where power has ever changed hands by force",
        columns=("successful", "failed"),
        counted="coups and attempts",
    ),
    _feature(
        "coup_success_decayed_240m",
        "successful coups since 1950 with a half-life of twenty years",
        direction=RISING,
        reason="it can be done here",
        columns=("successful",),
        counted="successful coups",
    ),
    _feature(
        "months_since_coup",
        f"months since the last coup or attempt, {LONG_AGO} at most",
        unit=Unit.MONTHS_SINCE,
        direction=FALLING,
        fleeting=True,
        reason="the danger fades slowly",
        columns=("successful", "failed"),
        counted="coups and attempts",
    ),
    _feature(
        "coups_24m",
        "coups and attempts in two years",
        24,
        direction=RISING,
        reason="the last one is rarely the last",
        columns=("successful", "failed"),
        counted="coups and attempts",
    ),
    _feature(
        "coup_success_decayed_24m",
        "successful coups with a half-life of two years",
        reason="a junta is easier to topple",
        columns=("successful",),
        counted="successful coups",
    ),
    _feature(
        "region_coups_24m",
        "coups and attempts per state of the region in two years",
        24,
        reason="example and means spread",
        columns=("successful", "failed"),
        counted="coups and attempts",
        scope=Scope.REGION,
    ),
    _feature(
        "neighbour_coups_24m",
        "coups and attempts of nearby countries in two years by distance of capitals",
        24,
        columns=("successful", "failed"),
        counted="coups and attempts",
        scope=Scope.NEIGHBOURS,
    ),
    _feature(
        "world_coups_12m",
        "coups and attempts in the world in twelve months",
        12,
        Unit.LOG_COUNT,
        reason="waves",
        columns=("successful", "failed"),
        counted="coups and attempts",
        scope=Scope.WORLD,
    ),
)


def compute(view: View) -> Columns:
    """Compute the group at one origin."""
    unreported = np.nan_to_num(view.age("coups")).min()  # the list ends in the same month for every country
    back = view.index - int(unreported) - calendar.month_index(FIRST_LISTED) + 1
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


GROUP = Group("coups", "coups at home and in the region", FEATURES, compute)
