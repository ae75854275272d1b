"""Regime and economy: slow conditions under which governments and supply break."""

import numpy as np

from data.panel.panel import View
from features.base import Columns, Floats, Group, months_since

YEARS_BACK = 8
"""Far enough for growth over five years where the newest GDP is up to three years older than the newest population."""

SETTLED = 20
MOVED = 0.05
"""Yearly change of the index that counts as a change of the order."""

FEATURES = {
    "electoral_democracy": "V-Dem's index of electoral democracy from 0 to 1: both ends are stable.",
    "electoral_democracy_change_5y": "Change of the index of electoral democracy in five years: fast opening or closing unsettles.",
    "electoral_democracy_middle": "Closeness of electoral democracy to the middle of its index, 1 at 0.45 and 0 at the ends: half-democracies are the least stable.",
    "regime_settled_years": "Years since the index of electoral democracy last moved by a twentieth within a year, 20 at most: a new order is contested.",
    "regime_age": "Months since the newest year of the index.",
    "gdp_per_capita": "ln of GDP per head in US dollars: poor states fall more often.",
    "gdp_growth_1y": "ln change of GDP in US dollars over a year: crises and devaluations.",
    "gdp_growth_5y": "ln change of GDP in US dollars over five years: slow decline.",
    "population": "ln of population: large countries have more of everything.",
    "economy_age": "Months since the newest year of the economic data.",
}


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
        "regime_age": view.age("regime"),
        "gdp_per_capita": gdp_now - np.log(population),
        "gdp_growth_1y": gdp_now - _newest(gdp, months_before=12),
        "gdp_growth_5y": gdp_now - _newest(gdp, months_before=60),
        "population": np.log(population),
        "economy_age": view.age("economy"),
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


GROUP = Group("regime", "regime and economy", FEATURES, compute, ("regime", "economy"))
