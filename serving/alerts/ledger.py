"""The ledger of alerts: which conditions stood at which origin, what was raised, and what became of each delivery.

One append-only file of JSON lines. A delivery that has no line saying so is still to be made: the ledger is the queue.
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
ENDED = ("delivered", "expired")
"""Outcomes after which nothing is tried again."""


@dataclass
class Memory:
    """At which origins (counted in months) each condition stood, and at which it was told."""

    stood: dict[Key, set[int]] = field(default_factory=dict)
    raised: dict[Key, set[int]] = field(default_factory=dict)

    def is_news(self, found: Condition, origin: pd.Timestamp) -> bool:
        """Tell whether a condition that holds at an origin is to be told.

        It is where it stood at none of the last `quiet_months` origins, or was told `repeat_months` ago or longer.
        """
        at, rule = calendar.month_index(origin), found.rule
        before = max((m for m in self.stood.get(found.key, ()) if m < at), default=None)
        if before is None or at - before > rule.quiet_months:
            return True
        told = max((m for m in self.raised.get(found.key, ()) if m < at), default=None)
        return rule.repeat_months is not None and told is not None and at - told >= rule.repeat_months

    def remember(self, held: list[Condition], news: list[Condition], origin: pd.Timestamp) -> None:
        """Note what stood and what was told at an origin."""
        at = calendar.month_index(origin)
        for found in held:
            self.stood.setdefault(found.key, set()).add(at)
        for found in news:
            self.raised.setdefault(found.key, set()).add(at)


@dataclass(frozen=True)
class Record:
    """The ledger as read: alerts oldest first, who is to get each, and the last outcome of each delivery."""

    alerts: dict[str, Alert]
    receivers: dict[str, list[str]]
    outcomes: dict[tuple[str, str], str]
    """(alert, receiver) -> delivered, failed or expired."""
    memory: Memory

    def pending(self) -> list[tuple[Alert, str]]:
        """Return the deliveries still to be made, oldest alert first."""
        return [
            (alert, name)
            for alert in self.alerts.values()
            for name in self.receivers[alert.id]
            if self.outcomes.get((alert.id, name)) not in ENDED
        ]


def ledger_path(published: Path) -> Path:
    """Return where the ledger of a folder of publications is."""
    return published / FOLDER / FILE


def mark(published: Path) -> tuple[int, int]:
    """Return what changes whenever the ledger does."""
    try:
        status = ledger_path(published).stat()
    except FileNotFoundError:
        return (0, 0)
    return status.st_mtime_ns, status.st_size


def read_record(published: Path) -> Record:
    """Read the ledger; the same reading is given as long as the file is the same."""
    return _read(ledger_path(published), mark(published))


@contextmanager
def only_writer(published: Path) -> Iterator[None]:
    """Wait until no other run writes to the ledger, then keep the others waiting."""
    folder = published / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder / ".lock"):
        yield


@lru_cache(maxsize=4)
def _read(path: Path, _mark: tuple[int, int]) -> Record:
    found = Record({}, {}, {}, Memory())
    for number, line in jsonl_log.entries(path):
        match line.get("line"):
            case "raised":
                alert = Alert.model_validate(line["alert"])
                found.alerts[alert.id] = alert
                found.receivers[alert.id] = line["receivers"]
                key = (alert.rule, alert.iso3 or alert.feed or "", alert.target or "")
                at = calendar.month_index(calendar.parse_month(alert.origin))
                found.memory.raised.setdefault(key, set()).add(at)
            case "evaluated":
                at = calendar.month_index(calendar.parse_month(line["origin"]))
                for rule, subject, target in line["standing"]:
                    found.memory.stood.setdefault((rule, subject, target), set()).add(at)
            case "delivery":
                found.outcomes[line["alert"], line["receiver"]] = line["outcome"]
            case other:
                raise ValueError(f"{path}, line {number} is a {other!r}; another version wrote it, or remove that line")
    return found
