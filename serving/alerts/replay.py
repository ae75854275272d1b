"""Replay of the rules over past origins: the alerts they would have raised, how many, and how many came true."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from serving.alerts.conditions import Condition, conditions
from serving.alerts.history import ConditionHistory
from serving.alerts.rules import Rules, Stale
from training.evaluation.backtest_table import read_champion_rows

WARM_UP = 12
"""Origins whose alerts are not counted: at the first one every condition that holds is new."""


@dataclass(frozen=True)
class AlertStatistics:
    """Alerts of one rule over a span of origins, and how many of them came true."""

    rule: str
    alerts: int
    per_month: float
    busiest_month: int
    judged: int
    """Alerts whose whole window lies inside the catalogue."""
    followed: float
    """Share of those that came true, an onset of the target within the horizon (training/evaluation/alarms.py); NaN for feeds."""
    median_lead_months: float
    """From the origin to the onset, of those that came true."""


def backtest_forecasts(rules: Rules) -> dict[pd.Timestamp, pd.DataFrame]:
    """Return the champion's backtest rows by origin, with `observed`, for every horizon up to the longest of the rules."""
    longest = max((rule.horizon for rule in rules.rule if not isinstance(rule, Stale)), default=1)
    rows = read_champion_rows(list(TARGETS), list(range(1, longest + 1)))
    return {pd.Timestamp(origin): part for origin, part in rows.groupby("origin")}


def replay(
    rules: Rules,
    forecasts: Mapping[pd.Timestamp, pd.DataFrame],
    news: Mapping[pd.Timestamp, pd.DataFrame] | None = None,
) -> Iterator[tuple[pd.Timestamp, list[Condition]]]:
    """Yield each origin, oldest first, with the conditions that would have raised an alert.

    Args:
        rules: The rules.
        forecasts: Forecast rows by origin.
        news: What is new at an origin, where that is known (`conditions`); elsewhere every condition counts as news.
    """
    history = ConditionHistory()
    for origin in sorted(forecasts):
        before = forecasts.get(calendar.month_at(calendar.month_index(origin) - 1))
        held = conditions(rules.rule, forecasts[origin], before, (news or {}).get(origin))
        raised = [condition for condition in held if history.is_new(condition, origin)]
        history.add(history.standing(held, origin), raised, origin)
        yield origin, raised


def alert_statistics(
    rules: Rules, forecasts: Mapping[pd.Timestamp, pd.DataFrame], first: pd.Timestamp, last: pd.Timestamp
) -> list[AlertStatistics]:
    """Return the statistics of each rule, and of all rules together under the name "all".

    Args:
        rules: The rules to replay.
        forecasts: Backtest rows with `observed`, by origin.
        first: First origin that counts; the first `WARM_UP` origins of `forecasts` never do.
        last: Last origin that counts.
    """
    alerts = [
        (origin, condition)
        for number, (origin, raised) in enumerate(replay(rules, forecasts))
        if number >= WARM_UP and first <= origin <= last
        for condition in raised
    ]
    months = sum(first <= origin <= last for origin in sorted(forecasts)[WARM_UP:])
    names = [rule.name for rule in rules.rule]
    leads = [(c.rule.name, origin, *_outcome(c, forecasts[origin])) for origin, c in alerts]
    table = pd.DataFrame(leads, columns=["rule", "origin", "followed", "lead"])
    parts = [(name, table[table["rule"] == name]) for name in names] + [("all", table)]
    return [_statistics(name, part, months) for name, part in parts]


def _outcome(condition: Condition, rows: pd.DataFrame) -> tuple[float, float]:
    """Return 1 or 0 for whether an onset came within the horizon, NaN where that is open, and its lead in months."""
    if isinstance(condition.rule, Stale):
        return np.nan, np.nan
    of_risk = (rows["iso3"] == condition.subject) & (rows["target"] == condition.rule.target)
    observed = rows[of_risk].set_index("horizon")["observed"]
    came_true = float(observed[condition.rule.horizon])
    return came_true, float(observed.index[observed == 1].min()) if came_true == 1 else np.nan


def _statistics(name: str, part: pd.DataFrame, months: int) -> AlertStatistics:
    judged = part["followed"].dropna()
    return AlertStatistics(
        rule=name,
        alerts=len(part),
        per_month=len(part) / max(months, 1),
        busiest_month=int(part["origin"].value_counts().max()) if len(part) else 0,
        judged=len(judged),
        followed=float(judged.mean()) if len(judged) else float("nan"),
        median_lead_months=float(part["lead"].median()),
    )
