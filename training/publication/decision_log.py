"""The log of who became champion and why: one line a decision, never rewritten."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data import calendar
from data.files import jsonl_log
from data.settings import settings


def log_path() -> Path:
    """Return where decisions are kept."""
    return settings().home / "decisions.jsonl"


def read() -> list[dict[str, Any]]:
    """Return every decision, oldest first."""
    return [line for _, line in jsonl_log.entries(log_path())]


def add(identity: str, content: Mapping[str, object]) -> None:
    """Write a decision once: the one of this identity that is there already stands."""
    if all(line["id"] != identity for line in read()):
        at = calendar.now().isoformat(timespec="seconds")
        jsonl_log.append(log_path(), {"id": identity, "decided_at": at, **content})


def champion_before(version: str) -> str:
    """Return the version that was champion before this one took over; raise LookupError where none was."""
    held = [str(line["champion"]) for line in read() if line["champion"]]
    for place in range(len(held) - 1, 0, -1):
        if held[place] == version and held[place - 1] != version:
            return held[place - 1]
    raise LookupError(f"no champion came before version {version}: choose one with `chokepoint promote VERSION`")
