"""Alerts, alarms and false alarms: the definitions that scores, pages, error tables and case studies share.

An **alert** is a forecast among the `ALERT_RATE` highest risks of the calm rows it is compared with. An **alarm** is a run of
consecutive months with an alert for one capital. It **came true** if an onset falls within the forecast's horizon, and
is open while that horizon has not passed. It is a **false alarm** only if `QUIET_MONTHS` calm months followed: an onset in the
seventh month makes a six-month alert early, not false.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from training.dataset.target import MAX_HORIZON

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ALERT_RATE = 0.05
"""Share of calm capital-months that are an alert."""
QUIET_MONTHS = MAX_HORIZON
"""Calm months after an alert that make it a false alarm."""


def alerts(risk: Floats, share: float = ALERT_RATE) -> Bools:
    """Mark the highest risks as alerts, at least one; ties go to the earlier entry.

    Args:
        risk: Risks in [0, 1], any shape; NaN where there is no forecast, which counts as no row.
        share: Share of the rows that are alerts.

    Returns:
        Mask of the shape of `risk` with max(1, round(share x rows)) alerts, none where every risk is NaN.
    """
    rows = int(np.count_nonzero(~np.isnan(risk)))
    marked = np.zeros(risk.size, bool)
    marked[np.argsort(-risk, axis=None, kind="stable")[: min(rows, max(1, round(share * rows)))]] = True
    return marked.reshape(risk.shape)


def came_true(months_to_onset: Ints, horizon: int) -> Bools:
    """Return whether an onset falls within the horizon of each forecast.

    Args:
        months_to_onset: Months from each origin to the next onset, 13 where none falls within twelve, shape (forecasts,).
        horizon: Horizon in months, 1..12.

    Returns:
        Shape (forecasts,).
    """
    return months_to_onset <= horizon


def is_false_alarm(months_to_onset: Ints) -> Bools:
    """Return whether `QUIET_MONTHS` calm months follow each alert.

    Args:
        months_to_onset: Months from each origin to the next onset, 13 where none falls within twelve, shape (alerts,).

    Returns:
        Shape (alerts,).
    """
    return months_to_onset > QUIET_MONTHS


@dataclass(frozen=True)
class Alarm:
    """A run of consecutive months with an alert for one capital."""

    iso3: str
    first: pd.Timestamp
    last: pd.Timestamp
    highest: float
    onset: pd.Timestamp | None
    """First disrupted month within the horizon of one of its months; None where it has not come true."""
    open: bool
    """Whether the horizon of its last month has not passed yet and nothing has happened."""


@dataclass(frozen=True)
class AlarmHistory:
    """The alarms of a span of origins, and the onsets that followed those origins."""

    alarms: list[Alarm]
    """Newest first."""
    threshold: float
    """Lowest risk that is an alert."""
    onsets: int
    """Onsets in the month after some origin."""
    warned: int
    """Those of them with an alert within the horizon before."""


def alarm_history(risk: pd.DataFrame, disrupted: Mapping[str, Bools], horizon: int, until: int) -> AlarmHistory:
    """Find the alarms of past origins and how each of them ended.

    Args:
        risk: Risk within `horizon` months, origin x ISO3; NaN while an episode goes on.
        disrupted: ISO3 -> mask of disrupted months by month index (`data.calendar`).
        horizon: Months ahead of the risks.
        until: Index of the last month that the catalogue has reached; later unmarked months need not be calm.

    Returns:
        Alarms with their outcomes, the threshold at `ALERT_RATE`, and how many onsets an alert preceded.
    """
    values = risk.to_numpy(float)
    alert = alerts(values)
    months = calendar.month_indices(pd.Series(risk.index))
    alarms: list[Alarm] = []
    warned = onsets = 0
    for column, iso3 in enumerate(risk.columns):
        marks, alerted = disrupted[iso3], alert[:, column]
        starts = np.flatnonzero(marks & ~np.pad(marks[:-1], (1, 0)))
        starts = starts[(starts > months[0]) & (starts <= months[-1] + 1)]
        onsets += len(starts)
        warned += sum(bool(alerted[(months >= start - horizon) & (months < start)].any()) for start in starts)
        alarms += [
            _alarm(iso3, months[first : last + 1], values[first : last + 1, column], marks, horizon, until)
            for first, last in calendar.runs(np.flatnonzero(alerted))
        ]
    newest_first = sorted(alarms, key=lambda a: (a.last, a.first, a.iso3), reverse=True)
    return AlarmHistory(newest_first, float(values[alert].min()), onsets, warned)


def published_alarms(history: pd.DataFrame, panel: Panel, target: str, horizon: int) -> AlarmHistory | None:
    """Find the alarms in a publication's history of past forecasts.

    Args:
        history: Past risks: origin, iso3, target, and `h<horizon>` for each reported horizon.
        panel: Panel whose catalogue says what happened.
        target: Target of the forecasts.
        horizon: One of the reported horizons, in months.

    Returns:
        Alarms with their outcomes; None where fewer than two origins have risks.
    """
    rows = history[history["target"] == target].astype({"iso3": str})
    risk = rows.pivot(index="origin", columns="iso3", values=f"h{horizon}").astype(float)
    if len(risk) < 2 or risk.isna().all(axis=None):
        return None
    marks = np.logical_or.reduce([panel.disrupted[kind] for kind in TARGETS[target]])
    disrupted = {code: marks[panel.iso3.index(code)] for code in risk.columns}
    return alarm_history(risk, disrupted, horizon, panel.known_to)


def _alarm(iso3: str, months: Ints, risk: Floats, marks: Bools, horizon: int, until: int) -> Alarm:
    first, last = int(months[0]), int(months[-1])
    ahead = np.flatnonzero(marks[first + 1 : last + horizon + 1])
    onset = calendar.month_at(first + 1 + int(ahead[0])) if len(ahead) else None
    pending = onset is None and last + horizon > until
    return Alarm(iso3, calendar.month_at(first), calendar.month_at(last), float(risk.max()), onset, pending)


@dataclass(frozen=True)
class SustainedFalseAlarm:
    """`QUIET_MONTHS` consecutive origins with a high risk, each of them a false alarm."""

    iso3: str
    first: pd.Timestamp
    last: pd.Timestamp
    mean_risk: float


def sustained_false_alarms(
    rows: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp, count: int = 3
) -> list[SustainedFalseAlarm]:
    """Return the worst sustained false alarms: the highest mean risk over `QUIET_MONTHS` consecutive origins.

    Args:
        rows: Backtest rows (`contracts.forecasts.BACKTEST`) of one target at a horizon of `QUIET_MONTHS`.
        first: First origin that counts.
        last: Last origin that counts.
        count: Number of capitals; each is listed once.

    Returns:
        Spans of origins, highest mean risk first.
    """
    inside = rows[rows["origin"].between(first, last)].sort_values(["iso3", "origin"])
    false = inside["risk"].where((inside["state"] == "calm") & (inside["observed"] == 0))
    mean = false.groupby(inside["iso3"]).rolling(QUIET_MONTHS, min_periods=QUIET_MONTHS).mean().droplevel(0)
    worst = inside.assign(mean=mean).dropna(subset="mean").sort_values("mean", ascending=False).drop_duplicates("iso3")
    return [
        SustainedFalseAlarm(
            r.iso3, calendar.month_at(calendar.month_index(r.origin) - QUIET_MONTHS + 1), r.origin, r.mean
        )
        for r in worst.head(count).itertuples()
    ]
