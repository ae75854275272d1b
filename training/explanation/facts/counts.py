"""Facts from counts by month: how many deaths, events or coups, where, up to which month, and when most of them."""

from functools import cache

import numpy as np

from data import calendar
from data.reference_tables import read_corridors
from data.tables.corridors import MAX_CORRIDORS
from features.base import Feature, Floats, Scope
from training.explanation.facts.episode import month, span
from training.explanation.facts.evidence import Evidence

SINCE_1950 = 12 * 80
"""Months wide enough for every coup of the list."""
NAMED = 2


def own_counts(evidence: Evidence, feature: Feature, unit: int) -> str:
    """Return the number in a feature's window, and the month with most: "310 deaths in the country in the 12 months to ..."."""
    months = feature.window_months or 1
    return _in_words(evidence.recent(feature, months)[unit], feature.counted, evidence.known_month(feature, unit))


def counts_elsewhere(evidence: Evidence, feature: Feature, unit: int) -> str:
    """Return the number in another country in a feature's window."""
    months = feature.window_months or 1
    counted = f"{feature.counted} in {evidence.places[unit]['country']}"
    return _in_words(evidence.recent(feature, months)[unit], counted, evidence.known_month(feature, unit), peak=False)


def _in_words(window: Floats, counted: str, newest: int | None, *, peak: bool = True) -> str:
    if newest is None or not np.isfinite(window).any():
        return f"{counted} not reported"
    total, months = float(np.nansum(window)), len(window)
    until = f"in {month(newest)}" if months == 1 else f"in the {span(months)} to {month(newest)}"
    text = f"{total:,.0f} {counted} {until}" if total else f"no {counted} {until}"
    if not peak or months < 3 or not total:
        return text
    lately = float(np.nansum(window[-12:]))
    if months > 24 and lately:
        return f"{text}, {lately:,.0f} of them in the last 12 months"
    if months > 24:
        years = np.arange(newest - months + 1, newest + 1) // 12 + calendar.month_at(0).year
        by_year = {year: float(np.nansum(window[years == year])) for year in np.unique(years)}
        return f"{text}, most in {max(by_year, key=lambda year: by_year[year])}"
    most = months - 1 - int(np.argmax(np.nan_to_num(window)[::-1]))
    return f"{text}, most in {month(newest - (months - 1 - most))}"


def own_coups(evidence: Evidence, feature: Feature, unit: int) -> str:
    """Return the country's newest coups by month, and how many there were since 1950."""
    country = evidence.places[unit]["country"]
    return _dated(evidence, feature, unit) or f"no {feature.counted} in {country} since 1950"


def _dated(evidence: Evidence, feature: Feature, unit: int) -> str:
    window = np.nan_to_num(evidence.recent(feature, SINCE_1950)[unit])
    when = np.flatnonzero(window)[::-1]
    newest = evidence.known_month(feature, unit)
    if not len(when) or newest is None:
        return ""
    dates = " and ".join(month(newest - (SINCE_1950 - 1 - int(i))) for i in when[:NAMED])
    total = int(window.sum())
    count = f", {total} since 1950" if total > len(when[:NAMED]) else ""
    return f"{feature.counted} in {evidence.places[unit]['country']} in {dates}{count}"


def coups_elsewhere(evidence: Evidence, feature: Feature, unit: int) -> str:
    """Return another country's newest coups by month."""
    return _dated(evidence, feature, unit)


def total_of_many(evidence: Evidence, feature: Feature, unit: int) -> str:
    """Return the number in a feature's window over the region's other states, or the world."""
    values, region = evidence.values(feature), evidence.places[unit]["region"]
    world = feature.scope is Scope.WORLD
    units = [i for i, p in enumerate(evidence.places) if world or (p["region"] == region and i != unit)]
    newest = evidence.known_month(feature, unit)
    if newest is None:
        return f"{feature.counted} not reported"
    where = "the world" if world else f"the other states of {region}"
    count = f"{np.nansum(values[units]):,.0f}".replace("-", "")
    until = f"in the {span(feature.window_months or 1)} to {month(newest)}"
    return f"{'no' if count == '0' else count} {feature.counted} in {where} {until}"


def worst_corridor(evidence: Evidence, feature: Feature, unit: int) -> str:
    """Return the number along the supply corridor with most in a feature's window, and the corridor's name."""
    months = feature.window_months or 1
    names = _corridors().get(evidence.places[unit]["iso3"], [])
    windows = [evidence.series("corridors", f"{feature.columns[0]}_c{i}", months)[unit] for i in range(len(names))]
    if not windows or not np.isfinite(windows).any():
        return f"{feature.counted} of its supply corridors not reported"
    worst = int(np.argmax([np.nansum(window) for window in windows]))
    newest = evidence.known_month(feature, unit)
    if not np.nansum(windows[worst]):
        return _in_words(windows[worst], f"{feature.counted} of any supply corridor", newest)
    return _in_words(windows[worst], f"{feature.counted} of the corridor {names[worst]}", newest)


@cache
def _corridors() -> dict[str, list[str]]:
    """Return the names of each capital's corridors in the order of the panel's columns."""
    ordered = read_corridors().sort_values("corridor").groupby("iso3")["name"]
    return {str(iso3): [str(name) for name in names][:MAX_CORRIDORS] for iso3, names in ordered}
