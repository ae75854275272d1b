"""Regime and economy: slow conditions under which governments and supply break."""

from functools import partial

import numpy as np

from data.panel.view import View
from features.base import Columns, Feature, Floats, Group, Unit, described, months_since

YEARS_BACK = 8
"""Far enough for growth over five years where the newest GDP is up to three years older than the newest population."""

SETTLED = 20
MOVED = 0.05
"""Yearly change of the index that counts as a change of the order."""

_regime = partial(Feature, tables=("regime",))
_economy = partial(Feature, tables=("economy",))
FEATURES = described(
    _regime(
        "electoral_democracy",
        "V-Dem's index of electoral democracy from 0 to 1",
        1,
        Unit.INDEX,
        reason="both ends are stable",
        columns=("electoral_democracy",),
    ),
    _regime(
        "electoral_democracy_change_5y",
        "change of the index of electoral democracy in five years",
        61,
        Unit.INDEX,
        reason="fast opening or closing unsettles",
        columns=("electoral_democracy",),
    ),
    _regime(
        "electoral_democracy_middle",
        "closeness of electoral democracy to the middle of its index, 1 at 0.45 and 0 at the ends",
        1,
        Unit.INDEX,
        reason="half-democracies are the least stable",
        columns=("electoral_democracy",),
    ),
    _regime(
        "regime_settled_years",
        f"years since the index of electoral democracy last moved by a twentieth within a year, {SETTLED} at most",
        12 * SETTLED + 1,
        Unit.YEARS,
        reason="a new order is contested",
        columns=("electoral_democracy",),
    ),
    _economy("gdp_per_capita", "GDP per head in US dollars", 1, Unit.LOG, reason="poor states fall more often"),
    _economy(
        "gdp_growth_1y",
        "change of GDP in US dollars over a year",
        13,
        Unit.LOG_CHANGE,
        reason="crises and devaluations",
        columns=("gdp_usd",),
    ),
    _economy(
        "gdp_growth_5y",
        "change of GDP in US dollars over five years",
        61,
        Unit.LOG_CHANGE,
        reason="slow decline",
        columns=("gdp_usd",),
    ),
    _economy("population", "population", 1, Unit.LOG, reason="large countries have more of everything"),
)


def compute(view: View) -> Columns:
    """Compute the group at one origin."""
    democracy = view.recent("regime", "electoral_democracy", 61)
    gdp = np.log(view.recent("economy", "gdp_usd", YEARS_BACK * 12 + 1))
    population = view.recent("economy", "population", 1)[:, -1]
    gdp_now = _newest(gdp)
    return {
        "electoral_democracy": democracy[:, -1],
        "electoral_democracy_change_5y": democracy[:, -1] - democracy[:, -61],
        "electoral_democracy_middle": 1 - np.abs(democracy[:, -1] - 0.45) / 0.55,
        "regime_settled_years": _settled_years(view.recent("regime", "electoral_democracy", 12 * SETTLED + 1)),
        "gdp_per_capita": gdp_now - np.log(population),
        "gdp_growth_1y": gdp_now - _newest(gdp, months_before=12),
        "gdp_growth_5y": gdp_now - _newest(gdp, months_before=60),
        "population": np.log(population),
    }


def _settled_years(democracy: Floats) -> Floats:
    """Return years since the yearly value last moved; NaN where the newest is unknown."""
    yearly = democracy[:, ::12]
    moved = np.abs(np.diff(yearly, axis=1)) >= MOVED
    return np.where(np.isfinite(yearly[:, -1]), months_since(moved, SETTLED), np.nan).astype(np.float32)


def _newest(series: Floats, months_before: int = 0) -> Floats:
    """Return the newest known value, or the one some months before it; population is published a year before GDP."""
    known = np.isfinite(series)
    place = series.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    wanted = place - months_before
    values = series[np.arange(len(series)), np.maximum(wanted, 0)]
    return np.where(known.any(axis=1) & (wanted >= 0), values, np.nan).astype(np.float32)


GROUP = Group("regime", "regime and economy", FEATURES, compute)
