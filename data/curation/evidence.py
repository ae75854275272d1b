"""Evidence of candidate episodes: months of the panel that a feed makes suspicious, with the numbers and where they stand."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data import calendar
from data.grid import NEVER
from data.panel.episode_rules import Bools, Floats, price_key, rule_months
from data.panel.panel import Panel
from data.tables.capital import FROM_DISTRICTS, FROM_RINGS
from data.tables.prices import PRICE_GROUPS

MIN_DEATHS_NEAR = 10
"""Deaths in a month within 25 km of the seat, or in its own district, that are proposed where the fighting rule does not hold."""
SPIKE_MONTHS, MIN_KNOWN_MONTHS = 36, 24
"""Months before a count that it is compared with, and how many of them must be known."""
SPIKE_Z = 3.0
MIN_SPREAD = 0.25
"""A spike: the logarithm of a count this many standard deviations above its own past mean; smaller deviations count as this one."""
MIN_COUNTS = {"conflict_events": 100, "protest_events": 100, "deaths": 25}
"""Smaller counts are no spikes."""


@dataclass(frozen=True)
class Evidence:
    """One month of one capital that a feed makes suspicious."""

    signal: str
    iso3: str
    month: pd.Timestamp
    kind: str
    confidence: str
    """Proposed: that of the rule, else L, which is no label."""
    numbers: str
    table: str
    """Panel table the numbers stand in."""
    columns: str


@dataclass(frozen=True)
class Signal:
    """One kind of evidence, with the months its feeds have reached."""

    name: str
    kinds: tuple[str, ...]
    tables: tuple[str, ...]
    reached: Bools
    """(units, months)."""
    months: tuple[Evidence, ...]


def signals(panel: Panel, first: int, last: int) -> list[Signal]:
    """Return every signal with its evidence of a span.

    Args:
        panel: the compiled panel; a signal without its tables has reached nothing.
        first: index of the first month.
        last: index of the last month, included.
    """
    by_rule = _by_rule(panel, first, last)
    holds = {(e.iso3, e.kind, e.month) for e in by_rule}

    def ruled(kinds: tuple[str, ...]) -> tuple[Evidence, ...]:
        return tuple(e for e in by_rule if e.kind in kinds)

    def short_of_the_rule(found: Iterator[Evidence]) -> tuple[Evidence, ...]:
        return tuple(e for e in found if (e.iso3, e.kind, e.month) not in holds)

    near, districts, roads = (_reported(panel, name) for name in ("near", "districts", "roads"))
    market = _markets(panel)
    return [
        Signal(
            "coups", ("coup", "coup_attempt"), ("coups",), _reported(panel, "coups"), ruled(("coup", "coup_attempt"))
        ),
        Signal("fighting rule", ("fighting",), ("near", "districts"), near | districts, ruled(("fighting",))),
        Signal("strangulation rule", ("supply",), ("prices", "roads"), market & roads, ruled(("supply",))),
        Signal(
            "deaths near the capital",
            ("fighting",),
            ("rings", "districts"),
            np.isfinite(_column(panel, "capital", "deaths")),
            short_of_the_rule(_deaths_near(panel, first, last)),
        ),
        Signal("price shock", ("shortage",), ("prices",), market, tuple(_price_shocks(panel, first, last))),
        Signal(
            "spike of conflict news",
            ("fighting",),
            ("media",),
            _reported(panel, "media"),
            tuple(_spikes(panel, first, last, "spike of conflict news", "media", "conflict_events", "fighting")),
        ),
        Signal(
            "spike of protest news",
            ("uprising",),
            ("media",),
            _reported(panel, "media"),
            tuple(_spikes(panel, first, last, "spike of protest news", "media", "protest_events", "uprising")),
        ),
        Signal(
            "spike of deaths in the country",
            ("fighting",),
            ("countries",),
            _reported(panel, "countries"),
            tuple(_spikes(panel, first, last, "spike of deaths in the country", "countries", "deaths", "fighting")),
        ),
    ]


def z_scores(counts: Floats) -> Floats:
    """Return by how many standard deviations the logarithm of each count exceeds its own past.

    Args:
        counts: shape (units, months), NaN where unknown.

    Returns:
        Same shape; the past are the `SPIKE_MONTHS` before, NaN where fewer than `MIN_KNOWN_MONTHS` of them are known.
    """
    logs = pd.DataFrame(np.log1p(counts).T)
    past = logs.shift().rolling(SPIKE_MONTHS, min_periods=MIN_KNOWN_MONTHS)
    scores = (logs - past.mean()) / past.std().clip(lower=MIN_SPREAD)
    return scores.to_numpy(np.float32).T


def _by_rule(panel: Panel, first: int, last: int) -> list[Evidence]:
    months = rule_months(panel.cubes, panel.iso3)
    inside = months[months["month"].between(calendar.month_at(first), calendar.month_at(last))]
    return [_of_rule(panel, row) for row in inside.to_dict("records")]


def _of_rule(panel: Panel, row: dict[Hashable, Any]) -> Evidence:
    iso3, kind, month = row["iso3"], row["kind"], row["month"]
    at = panel.iso3.index(iso3), calendar.month_index(month)
    if kind == "fighting":
        near = bool(_reported(panel, "near")[at])
        table = "near" if near else "districts"
        columns = "deaths_or_district events_or_district days_or_district" if near else "deaths events_*"
        signal = "fighting rule"
    elif kind == "supply":
        signal, table, columns = "strangulation rule", "prices", "change_1m_net vs_median_6m_net; roads: events"
    else:
        signal, table, columns = "coups", "coups", "successful" if kind == "coup" else "failed"
    return Evidence(signal, iso3, month, kind, row["confidence"], row["reason"], table, columns)


def _deaths_near(panel: Panel, first: int, last: int) -> Iterator[Evidence]:
    deaths, events = (_column(panel, "capital", name) for name in ("deaths", "events"))
    basis = _column(panel, "capital", "basis")
    where = {
        FROM_RINGS: ("within 25 km of the seat of government", "rings", "events deaths"),
        FROM_DISTRICTS: ("in the capital's own district", "districts", "deaths events_*"),
    }
    for unit, month in _cells(deaths >= MIN_DEATHS_NEAR, first, last):
        place, table, columns = where[int(basis[unit, month])]
        numbers = f"{deaths[unit, month]:.0f} deaths in {events[unit, month]:.0f} events {place}, short of the rule"
        yield Evidence(
            "deaths near the capital",
            panel.iso3[unit],
            calendar.month_at(month),
            "fighting",
            "L",
            numbers,
            table,
            columns,
        )


def _price_shocks(panel: Panel, first: int, last: int) -> Iterator[Evidence]:
    if "prices" not in panel.cubes:
        return
    prices = panel.cubes["prices"].inside()
    for unit, month in _cells(price_key(prices), first, last):
        changes = {
            f"{group} {value:+.0%} on {base}"
            for group in PRICE_GROUPS
            for base, measure in (("the month", "change_1m_net"), ("half a year", "vs_median_6m_net"))
            if np.isfinite(value := prices.column(f"{group}_{measure}")[unit, month])
        }
        numbers = f"{', '.join(sorted(changes))}, net of the world price"
        yield Evidence(
            "price shock",
            panel.iso3[unit],
            calendar.month_at(month),
            "shortage",
            "L",
            numbers,
            "prices",
            "change_1m_net vs_median_6m_net",
        )


def _spikes(panel: Panel, first: int, last: int, signal: str, table: str, column: str, kind: str) -> Iterator[Evidence]:
    counts = _column(panel, table, column)
    scores = z_scores(counts)
    what = column.replace("_", " ")
    for unit, month in _cells((scores >= SPIKE_Z) & (counts >= MIN_COUNTS[column]), first, last):
        numbers = (
            f"{counts[unit, month]:.0f} {what} in the country, {scores[unit, month]:.1f} standard deviations above its own "
            f"{SPIKE_MONTHS} months before; the place is unknown"
        )
        yield Evidence(signal, panel.iso3[unit], calendar.month_at(month), kind, "L", numbers, table, column)


def _cells(marks: Bools, first: int, last: int) -> Iterator[tuple[int, int]]:
    for unit, offset in np.argwhere(marks[:, first : last + 1]).tolist():
        yield unit, first + offset


def _column(panel: Panel, table: str, column: str) -> Floats:
    """Return one column as reported today, shape (units, months) of the panel; NaN where there is none."""
    if table not in panel.cubes:
        return np.full((len(panel.iso3), panel.last + 1), np.nan, np.float32)
    return panel.cubes[table].inside().column(column)


def _reported(panel: Panel, table: str) -> Bools:
    """Return which months of which capitals a table holds, shape (units, months)."""
    if table not in panel.cubes:
        return np.zeros((len(panel.iso3), panel.last + 1), bool)
    return np.asarray(panel.cubes[table].inside().visible != NEVER)


def _markets(panel: Panel) -> Bools:
    """Return which months of which capitals have a price in the capital's own market."""
    return np.logical_or.reduce([_column(panel, "prices", f"{group}_in_capital") > 0 for group in PRICE_GROUPS])
