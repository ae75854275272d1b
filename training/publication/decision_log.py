"""The log of decisions on the champion: one JSON line a decision, append-only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data import calendar
from data.files import jsonl_log
from data.settings import settings


def log_path() -> Path:
    """Return the path of the log."""
    return settings().home / "decisions.jsonl"


def read() -> list[dict[str, Any]]:
    """Return every decision, oldest first."""
    return [line for _, line in jsonl_log.entries(log_path())]


def add(decision_id: str, content: Mapping[str, object]) -> None:
    """Append a decision; idempotent, one line for each id."""
    if all(line["id"] != decision_id for line in read()):
        at = calendar.now().isoformat(timespec="seconds")
        jsonl_log.append(log_path(), {"id": decision_id, "decided_at": at, **content})


def failed_checks(version: str) -> list[str]:
    """Return the names of the checks that a version failed, or passed with a warning, when it was decided on."""
    for line in reversed(read()):
        if line.get("challenger") == version and line.get("checks"):
            return [str(c["name"]) for c in line["checks"] if c.get("warning", False) or not c["passed"]]
    return []


def previous_champion(version: str) -> str:
    """Return the number of the version that was champion before this one.

    Raises:
        LookupError: no other version was champion before it.
    """
    champions = [str(line["champion"]) for line in read() if line["champion"]]
    for place in range(len(champions) - 1, 0, -1):
        if champions[place] == version and champions[place - 1] != version:
            return champions[place - 1]
    raise LookupError(f"no champion came before version {version}: choose one with `chokepoint promote VERSION`")
