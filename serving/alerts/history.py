"""The alert history: the conditions that held at each origin, the alerts raised, and the outcome of each delivery.

One append-only log of JSON lines. A delivery without a final outcome in the log is still to be made: the log is the queue.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import filelock
import pandas as pd

from data import calendar
from data.files import jsonl_log
from serving.alerts.alert import Alert
from serving.alerts.conditions import Condition, Key

FOLDER = "alerts"
"""Beside the publications."""
FILE = "ledger.jsonl"
FINAL = ("delivered", "expired")
"""Outcomes after which a delivery is not tried again."""


@dataclass
class ConditionHistory:
    """The origins (as month indices) at which each condition held, and those at which an alert was raised for it."""

    held: dict[Key, set[int]] = field(default_factory=dict)
    raised: dict[Key, set[int]] = field(default_factory=dict)

    def is_new(self, condition: Condition, origin: pd.Timestamp) -> bool:
        """Return whether a condition that holds at an origin raises an alert.

        Only news does: where it held at none of the last `quiet_months` origins, or where its last alert is at least
        `repeat_months` old.
        """
        month, rule = calendar.month_index(origin), condition.rule
        if not condition.news:
            return False
        if not self.stands(condition, origin):
            return True
        last_raised = max((m for m in self.raised.get(condition.key, ()) if m < month), default=None)
        return rule.repeat_months is not None and last_raised is not None and month - last_raised >= rule.repeat_months

    def stands(self, condition: Condition, origin: pd.Timestamp) -> bool:
        """Return whether a condition held at one of the last `quiet_months` origins."""
        month = calendar.month_index(origin)
        last_held = max((m for m in self.held.get(condition.key, ()) if m < month), default=None)
        return last_held is not None and month - last_held <= condition.rule.quiet_months

    def standing(self, held: list[Condition], origin: pd.Timestamp) -> list[Condition]:
        """Return the conditions to log as held: one that holds without news is left out until news makes it hold."""
        return [condition for condition in held if condition.news or self.stands(condition, origin)]

    def add(self, held: list[Condition], raised: list[Condition], origin: pd.Timestamp) -> None:
        """Add the conditions that held at an origin, and those of them that raised an alert."""
        month = calendar.month_index(origin)
        for condition in held:
            self.held.setdefault(condition.key, set()).add(month)
        for condition in raised:
            self.raised.setdefault(condition.key, set()).add(month)


@dataclass(frozen=True)
class AlertHistory:
    """The log as read: alerts oldest first, the receivers of each, and the last outcome of each delivery."""

    alerts: dict[str, Alert]
    receivers: dict[str, list[str]]
    outcomes: dict[tuple[str, str], str]
    """(alert, receiver) -> delivered, failed or expired."""
    conditions: ConditionHistory

    def pending(self) -> list[tuple[Alert, str]]:
        """Return the deliveries still to be made, oldest alert first."""
        return [
            (alert, name)
            for alert in self.alerts.values()
            for name in self.receivers[alert.id]
            if self.outcomes.get((alert.id, name)) not in FINAL
        ]


def history_path(published: Path) -> Path:
    """Return the path of the log in a folder of publications."""
    return published / FOLDER / FILE


def history_version(published: Path) -> tuple[int, int]:
    """Return a cache key that changes whenever the log does: its modification time in ns and its size; zeros without a log."""
    try:
        status = history_path(published).stat()
    except FileNotFoundError:
        return (0, 0)
    return status.st_mtime_ns, status.st_size


def read_history(published: Path) -> AlertHistory:
    """Return the alert history of a folder of publications, cached until the log changes.

    Raises:
        ValueError: A line of the log is of an unknown kind.
    """
    return _read(history_path(published), history_version(published))


@contextmanager
def write_lock(published: Path) -> Iterator[None]:
    """Hold the lock under which the log is written; wait while another run holds it."""
    folder = published / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder / ".lock"):
        yield


@lru_cache(maxsize=4)
def _read(path: Path, _version: tuple[int, int]) -> AlertHistory:
    history = AlertHistory({}, {}, {}, ConditionHistory())
    for number, line in jsonl_log.entries(path):
        match line.get("line"):
            case "raised":
                alert = Alert.model_validate(line["alert"])
                history.alerts[alert.id] = alert
                history.receivers[alert.id] = line["receivers"]
                key = (alert.rule, alert.iso3 or alert.feed or "", alert.target or "")
                month = calendar.month_index(calendar.parse_month(alert.origin))
                history.conditions.raised.setdefault(key, set()).add(month)
            case "evaluated":
                month = calendar.month_index(calendar.parse_month(line["origin"]))
                for rule, subject, target in line["standing"]:
                    history.conditions.held.setdefault((rule, subject, target), set()).add(month)
            case "delivery":
                history.outcomes[line["alert"], line["receiver"]] = line["outcome"]
            case other:
                raise ValueError(
                    f"{path}, line {number} is of the unknown kind {other!r}: use the version of Chokepoint that wrote it, or remove the line"
                )
    return history
