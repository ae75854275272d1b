"""The rules on past origins: what they would have raised, how often, and what followed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from serving.alerts.conditions import Condition, conditions
from serving.alerts.ledger import Memory
from serving.alerts.rules import Rules, Stale
from training.evaluation.backtest_table import read_champion_rows

WARM_UP = 12
"""Origins whose alerts are not counted: at the first one everything that stands is news."""


@dataclass(frozen=True)
class Noise:
    """How one rule would have spoken over a span of origins."""

    rule: str
    alerts: int
    per_month: float
    busiest_month: int
    judged: int
    """Alerts whose whole window lies inside the catalogue."""
    followed: float
    """Share of those that came true, an onset of the target within the horizon (training/evaluation/alarms.py); NaN for feeds."""
    median_lead_months: float
    """From the origin to the onset, of those that were followed."""


def past_forecasts(rules: Rules) -> dict[pd.Timestamp, pd.DataFrame]:
    """Return the champion's backtest rows by origin, with `observed`, for the horizons the rules speak of and all below."""
    longest = max((rule.horizon for rule in rules.rule if not isinstance(rule, Stale)), default=1)
    rows = read_champion_rows(list(TARGETS), list(range(1, longest + 1)))
    return {pd.Timestamp(origin): part for origin, part in rows.groupby("origin")}


def replay(
    rules: Rules, forecasts: Mapping[pd.Timestamp, pd.DataFrame]
) -> Iterator[tuple[pd.Timestamp, list[Condition]]]:
    """Yield each origin with the conditions that would have been told, remembering as the ledger does."""
    memory = Memory()
    for origin in sorted(forecasts):
        before = forecasts.get(calendar.month_at(calendar.month_index(origin) - 1))
        held = conditions(rules.rule, forecasts[origin], before)
        news = [found for found in held if memory.is_news(found, origin)]
        memory.remember(held, news, origin)
        yield origin, news


def noise(
    rules: Rules, forecasts: Mapping[pd.Timestamp, pd.DataFrame], first: pd.Timestamp, last: pd.Timestamp
) -> list[Noise]:
    """Return a line per rule, and one for all of them, over the origins from `first` to `last`, warm-up left out."""
    told = [
        (origin, found)
        for number, (origin, news) in enumerate(replay(rules, forecasts))
        if number >= WARM_UP and first <= origin <= last
        for found in news
    ]
    months = sum(first <= origin <= last for origin in sorted(forecasts)[WARM_UP:])
    names = [rule.name for rule in rules.rule]
    leads = [(found.rule.name, origin, *_what_followed(found, forecasts[origin])) for origin, found in told]
    table = pd.DataFrame(leads, columns=["rule", "origin", "followed", "lead"])
    parts = [(name, table[table["rule"] == name]) for name in names] + [("all", table)]
    return [_line(name, part, months) for name, part in parts]


def _what_followed(found: Condition, rows: pd.DataFrame) -> tuple[float, float]:
    """Return 1 or 0 for whether an onset came within the horizon, NaN where that is open, and its lead in months."""
    if isinstance(found.rule, Stale):
        return np.nan, np.nan
    own = rows[(rows["iso3"] == found.subject) & (rows["target"] == found.rule.target)].set_index("horizon")["observed"]
    onset = own.index[own == 1]
    return float(own[found.rule.horizon]), float(onset.min()) if own[found.rule.horizon] == 1 else np.nan


def _line(name: str, part: pd.DataFrame, months: int) -> Noise:
    judged = part["followed"].dropna()
    return Noise(
        rule=name,
        alerts=len(part),
        per_month=len(part) / max(months, 1),
        busiest_month=int(part["origin"].value_counts().max()) if len(part) else 0,
        judged=len(judged),
        followed=float(judged.mean()) if len(judged) else float("nan"),
        median_lead_months=float(part["lead"].median()),
    )
