"""Transit: how the countries fare through which the capital's supply runs."""

from functools import cache, partial

import numpy as np
import pandas as pd

from data.contracts.forecasts import TARGETS
from data.panel.view import View
from data.reference_tables import read_corridor_countries, read_corridors
from features.base import RISING, Columns, Feature, Floats, Group, Scope, Unit, decayed, described, log1p
from features.groups.history import onsets

_rising = partial(Feature, direction=RISING)
FEATURES = described(
    _rising(
        "transit_disrupted",
        "mean number of foreign countries along a corridor whose own capital is disrupted now",
        1,
        tables=("episodes",),
        reason="Mali's fuel comes through Senegal and the Ivory Coast",
        scope=Scope.TRANSIT,
        kinds=TARGETS["disruption"],
    ),
    _rising(
        "transit_onsets_24m",
        "onsets in the foreign countries along a corridor with a half-life of two years, mean over the corridors",
        tables=("episodes",),
        reason="a troubled road",
        scope=Scope.TRANSIT,
        kinds=TARGETS["disruption"],
        half_life_months=24,
    ),
    _rising(
        "transit_coups_24m",
        "coups and attempts in two years in the foreign countries along a corridor, mean over the corridors",
        24,
        tables=("coups",),
        reason="borders close after a coup",
        scope=Scope.TRANSIT,
        columns=("successful", "failed"),
        counted="coups and attempts",
    ),
    _rising(
        "transit_deaths_12m",
        "conflict deaths in twelve months in the foreign countries along a corridor, mean over the corridors",
        12,
        Unit.LOG_COUNT,
        tables=("countries",),
        reason="convoys pass a war",
        scope=Scope.TRANSIT,
        columns=("deaths",),
        counted="deaths",
    ),
)


def compute(view: View) -> Columns:
    """Compute the group at one origin; a capital whose supply crosses no other country has 0."""
    kinds = TARGETS["disruption"]
    every = view.recent("coups", "successful", 24) + view.recent("coups", "failed", 24)
    coups = np.where(np.isfinite(every[:, -1]), np.nansum(every, axis=1), np.nan)
    deaths = view.total("countries", "deaths", 12)
    return {
        "transit_disrupted": _along(view, view.going_on(kinds).astype(np.float32)),
        "transit_onsets_24m": _along(view, decayed(onsets(view.episodes(kinds)), 24)),
        "transit_coups_24m": _along(view, coups),
        "transit_deaths_12m": log1p(_along(view, deaths)),
    }


def _along(view: View, values: Floats) -> Floats:
    """Add up the known values of the countries along each corridor and take the mean over a capital's corridors.

    NaN where nothing is known of any country.
    """
    if not np.isfinite(values).any():
        return view.empty
    return np.asarray(corridor_shares(tuple(view.units["iso3"])) @ np.nan_to_num(values), np.float32)


@cache
def corridor_shares(capitals: tuple[str, ...]) -> Floats:
    """Return capitals x countries: the share of the capital's corridors that cross the foreign country."""
    crossed = read_corridor_countries()
    counted = pd.crosstab(crossed["iso3"], crossed["crosses"]).reindex(index=capitals, columns=capitals, fill_value=0)
    corridors = read_corridors()["iso3"].value_counts().reindex(capitals, fill_value=1)
    return counted.to_numpy(np.float32) / corridors.to_numpy(np.float32)[:, None]


GROUP = Group("transit", "trouble in the countries its supply runs through", FEATURES, compute)
