"""Fighting in and around the capital, and in the country it governs."""

import numpy as np
import numpy.typing as npt

from data.panel.panel import View
from features.base import Columns, Floats, Group, decayed, log1p, months_since
from features.geography import weighted_neighbours

LONG_AGO = 240
CONFLICT_DEATHS = 25
"""UCDP's threshold of an armed conflict, deaths in a year."""

FEATURES = {
    "near_deaths_1m": "ln(1+deaths) within 25 km of the seat, or in its district, in the newest known month: fighting tends to go on.",
    "near_deaths_3m": "ln(1+deaths) within 25 km of the seat, or in its district, in three months: fighting tends to go on.",
    "near_deaths_12m": "ln(1+deaths) within 25 km of the seat, or in its district, in twelve months: fighting comes back.",
    "near_deaths_decayed_60m": "ln(1+deaths) within 25 km of the seat, or in its district, over twenty years with a half-life of five: places that were fought over are again.",
    "near_events_3m": "ln(1+events) within 25 km of the seat in three months: many small attacks come before few large ones.",
    "near_events_12m": "ln(1+events) within 25 km of the seat in twelve months: a campaign in the city.",
    "near_basis": "Where the near counts come from: 0 rings, 1 districts, 2 no deaths in the whole country.",
    "near_age": "Months since the newest known month of the near counts.",
    "around_events_3m": "ln(1+events) 25-100 km out, or in the surrounding district, in three months: the front before the city.",
    "around_events_12m": "ln(1+events) 25-100 km out, or in the surrounding district, in twelve months: the front before the city.",
    "around_deaths_12m": "ln(1+deaths) 25-100 km out, or in the surrounding district, in twelve months: how hard that front is fought.",
    "country_deaths_1m": "ln(1+deaths) in the country in the newest known month: a war somewhere can come to the capital.",
    "country_deaths_3m": "ln(1+deaths) in the country in three months: a war somewhere can come to the capital.",
    "country_deaths_12m": "ln(1+deaths) in the country in twelve months: a war somewhere can come to the capital.",
    "country_deaths_decayed_60m": "ln(1+deaths) in the country over twenty years with a half-life of five: wars leave arms and grudges.",
    "country_deaths_per_million_12m": "ln(1+deaths per million people) in the country in twelve months: the same war weighs more on a small state.",
    "country_deaths_change_12m": "ln ratio of deaths in the last three months (per month) to the twelve before: a war that grows.",
    "country_state_events_12m": "ln(1+events) of state-based violence in the country in twelve months: an armed challenge to the government.",
    "country_nonstate_events_12m": "ln(1+events) between non-state groups in the country in twelve months: gangs and militias.",
    "country_onesided_events_12m": "ln(1+events) of violence against civilians in the country in twelve months: terror as a means of war.",
    "months_since_conflict": "Months since the country last had twenty-five deaths in twelve months, 240 at most: peace that lasts, lasts.",
    "conflict_share_20y": "Share of the past twenty years in which the country had twenty-five deaths in twelve months: wars that come back.",
    "country_totals_only": "1 where the newest month has only totals from a source that leaves out long events.",
    "country_age": "Months since the newest known month of country deaths.",
    "neighbour_deaths_12m": "ln(1+deaths) in twelve months in nearby countries by distance of capitals: war spills over.",
}


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
        "near_age": view.age("capital"),
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
        "country_age": view.age("countries"),
        "neighbour_deaths_12m": log1p(weighted_neighbours(view.units, view.total("countries", "deaths", 12))),
    }


RISING = frozenset(
    f
    for f in FEATURES
    if f.startswith(("near_deaths", "near_events", "around_", "country_deaths_", "conflict_share"))
    and "change" not in f
)
GROUP = Group(
    "fighting",
    "fighting near the capital and in the country",
    FEATURES,
    compute,
    ("capital", "countries", "economy"),
    RISING,
    frozenset({"months_since_conflict"}),
)
