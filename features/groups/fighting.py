"""Fighting in and around the capital, and in the country it governs."""

from functools import partial

import numpy as np
import numpy.typing as npt

from data.panel.view import View
from features.base import (
    FALLING,
    RISING,
    Columns,
    Feature,
    Floats,
    Group,
    Scope,
    Unit,
    decayed,
    described,
    log1p,
    months_since,
)
from features.geography import weighted_neighbours

LONG_AGO = 240
CONFLICT_DEATHS = 25
"""UCDP's threshold of an armed conflict, deaths in a year."""

_near = partial(Feature, unit=Unit.LOG_COUNT, direction=RISING, tables=("capital",))
_country = partial(Feature, unit=Unit.LOG_COUNT, tables=("countries",))
_NEAR_DEATHS = "deaths within 25 km of the seat, or in its district"
_SPREADS = "a war somewhere can come to the capital"
FEATURES = described(
    _near(
        "near_deaths_1m",
        "deaths within 25 km of the seat, or in its district, in the newest known month",
        1,
        fleeting=True,
        reason="fighting tends to go on",
        columns=("deaths",),
        counted=_NEAR_DEATHS,
    ),
    _near(
        "near_deaths_3m",
        "deaths within 25 km of the seat, or in its district, in three months",
        3,
        fleeting=True,
        reason="fighting tends to go on",
        columns=("deaths",),
        counted=_NEAR_DEATHS,
    ),
    _near(
        "near_deaths_12m",
        "deaths within 25 km of the seat, or in its district, in twelve months",
        12,
        reason="fighting comes back",
        columns=("deaths",),
        counted=_NEAR_DEATHS,
    ),
    _near(
        "near_deaths_decayed_60m",
        "deaths within 25 km of the seat, or in its district, over twenty years with a half-life of five",
        240,
        reason="places that were fought over are again",
        columns=("deaths",),
        counted=_NEAR_DEATHS,
    ),
    _near(
        "near_events_3m",
        "events within 25 km of the seat in three months",
        3,
        fleeting=True,
        reason="many small attacks come before few large ones",
        columns=("events",),
        counted="events within 25 km of the seat",
    ),
    _near(
        "near_events_12m",
        "events within 25 km of the seat in twelve months",
        12,
        reason="a campaign in the city",
        columns=("events",),
        counted="events within 25 km of the seat",
    ),
    Feature(
        "near_basis",
        "where the near counts come from",
        1,
        Unit.CODE,
        tables=("capital",),
        reason="0 rings, 1 districts, 2 no deaths in the whole country",
        smooth=False,
    ),
    _near(
        "around_events_3m",
        "events 25-100 km out, or in the surrounding district, in three months",
        3,
        fleeting=True,
        reason="the front before the city",
        columns=("events_around",),
        counted="events 25 to 100 km out, or in the surrounding district",
    ),
    _near(
        "around_events_12m",
        "events 25-100 km out, or in the surrounding district, in twelve months",
        12,
        reason="the front before the city",
        columns=("events_around",),
        counted="events 25 to 100 km out, or in the surrounding district",
    ),
    _near(
        "around_deaths_12m",
        "deaths 25-100 km out, or in the surrounding district, in twelve months",
        12,
        reason="how hard that front is fought",
        columns=("deaths_around",),
        counted="deaths 25 to 100 km out, or in the surrounding district",
    ),
    _country(
        "country_deaths_1m",
        "deaths in the country in the newest known month",
        1,
        direction=RISING,
        fleeting=True,
        reason=_SPREADS,
        columns=("deaths",),
        counted="deaths in the country",
    ),
    _country(
        "country_deaths_3m",
        "deaths in the country in three months",
        3,
        direction=RISING,
        fleeting=True,
        reason=_SPREADS,
        columns=("deaths",),
        counted="deaths in the country",
    ),
    _country(
        "country_deaths_12m",
        "deaths in the country in twelve months",
        12,
        direction=RISING,
        reason=_SPREADS,
        columns=("deaths",),
        counted="deaths in the country",
    ),
    _country(
        "country_deaths_decayed_60m",
        "deaths in the country over twenty years with a half-life of five",
        240,
        direction=RISING,
        reason="wars leave arms and grudges",
        columns=("deaths",),
        counted="deaths in the country",
    ),
    Feature(
        "country_deaths_per_million_12m",
        "deaths per million people in the country in twelve months",
        12,
        Unit.LOG_COUNT,
        RISING,
        tables=("countries", "economy"),
        reason="the same war weighs more on a small state",
        columns=("deaths",),
        counted="deaths in the country",
    ),
    Feature(
        "country_deaths_change_12m",
        "change of deaths a month from the twelve months before to the last three",
        15,
        Unit.LOG_CHANGE,
        tables=("countries",),
        reason="a war that grows",
        columns=("deaths",),
        counted="deaths in the country",
    ),
    _country(
        "country_state_events_12m",
        "events of state-based violence in the country in twelve months",
        12,
        reason="an armed challenge to the government",
        columns=("events_state",),
        counted="events of state-based violence in the country",
    ),
    _country(
        "country_nonstate_events_12m",
        "events between non-state groups in the country in twelve months",
        12,
        reason="gangs and militias",
        columns=("events_nonstate",),
        counted="events between non-state groups in the country",
    ),
    _country(
        "country_onesided_events_12m",
        "events of violence against civilians in the country in twelve months",
        12,
        reason="terror as a means of war",
        columns=("events_onesided",),
        counted="events of violence against civilians in the country",
    ),
    Feature(
        "months_since_conflict",
        f"months since the country last had twenty-five deaths in twelve months, {LONG_AGO} at most",
        240,
        Unit.MONTHS_SINCE,
        FALLING,
        fleeting=True,
        tables=("countries",),
        reason="peace that lasts, lasts",
        columns=("deaths",),
        counted="deaths in the country",
    ),
    Feature(
        "conflict_share_20y",
        "share of the past twenty years in which the country had twenty-five deaths in twelve months",
        240,
        Unit.SHARE,
        RISING,
        tables=("countries",),
        reason="wars that come back",
        columns=("deaths",),
        counted="deaths in the country",
    ),
    Feature(
        "country_totals_only",
        "the newest month has only totals from a source that leaves out long events",
        1,
        Unit.INDICATOR,
        tables=("countries",),
        smooth=False,
    ),
    _country(
        "neighbour_deaths_12m",
        "deaths in twelve months in nearby countries by distance of capitals",
        12,
        reason="war spills over",
        scope=Scope.NEIGHBOURS,
        columns=("deaths",),
        counted="deaths",
    ),
)


def _active(deaths: Floats) -> npt.NDArray[np.bool_]:
    """Mark the months that end a year with enough deaths for UCDP to count it as an armed conflict."""
    total = np.cumsum(np.nan_to_num(deaths), axis=1, dtype=float)
    before = np.pad(total, ((0, 0), (12, 0)))[:, :-12]
    return np.asarray(total - before >= CONFLICT_DEATHS)


def compute(view: View) -> Columns:
    """Compute the group at one origin."""
    near = view.recent("capital", "deaths", 240)
    country = view.recent("countries", "deaths", 240)
    near_12m = view.total("capital", "deaths", 12)
    active = _active(country)
    recent, before = view.total("countries", "deaths", 3) / 3, country[:, -15:-3].mean(axis=1)
    return {
        "near_deaths_1m": log1p(near[:, -1]),
        "near_deaths_3m": log1p(view.total("capital", "deaths", 3)),
        "near_deaths_12m": log1p(near_12m),
        "near_deaths_decayed_60m": np.where(np.isfinite(near_12m), log1p(decayed(near, 60)), np.nan),
        "near_events_3m": log1p(view.total("capital", "events", 3)),
        "near_events_12m": log1p(view.total("capital", "events", 12)),
        "near_basis": view.last("capital", "basis"),
        "around_events_3m": log1p(view.total("capital", "events_around", 3)),
        "around_events_12m": log1p(view.total("capital", "events_around", 12)),
        "around_deaths_12m": log1p(view.total("capital", "deaths_around", 12)),
        "country_deaths_1m": log1p(country[:, -1]),
        "country_deaths_3m": log1p(view.total("countries", "deaths", 3)),
        "country_deaths_12m": log1p(view.total("countries", "deaths", 12)),
        "country_deaths_decayed_60m": log1p(decayed(country, 60)),
        "country_deaths_per_million_12m": log1p(
            view.total("countries", "deaths", 12) / (view.last("economy", "population") / 1e6)
        ),
        "country_deaths_change_12m": np.log((recent + 1) / (before + 1)),
        "country_state_events_12m": log1p(view.total("countries", "events_state", 12)),
        "country_nonstate_events_12m": log1p(view.total("countries", "events_nonstate", 12)),
        "country_onesided_events_12m": log1p(view.total("countries", "events_onesided", 12)),
        "months_since_conflict": np.where(np.isfinite(country[:, -1]), months_since(active, LONG_AGO), np.nan),
        "conflict_share_20y": np.where(
            np.isfinite(country[:, -1]), active.sum(axis=1) / np.maximum(np.isfinite(country).sum(axis=1), 1), np.nan
        ),
        "country_totals_only": view.last("countries", "totals_only"),
        "neighbour_deaths_12m": log1p(weighted_neighbours(view.units, view.total("countries", "deaths", 12))),
    }


GROUP = Group("fighting", "fighting near the capital and in the country", FEATURES, compute)
