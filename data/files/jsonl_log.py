"""Append-only logs of JSON lines (JSONL): entries are never rewritten, and a torn last line of a killed process is ignored."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def append(path: Path, entry: Mapping[str, object]) -> None:
    """Append one entry and flush it to disk; a torn last line is truncated first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as log:
        end = log.seek(0, os.SEEK_END)
        log.seek(max(0, end - 1))
        if end and log.read(1) != b"\n":
            log.seek(0)
            log.truncate(log.read().rfind(b"\n") + 1)
        log.write((json.dumps(entry, ensure_ascii=False) + "\n").encode())
        log.flush()
        os.fsync(log.fileno())


def entries(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each complete line's number (from 1) and entry, oldest first; nothing where there is no file.

    Raises:
        ValueError: A line is no JSON object; the message names the line and the remedy.
    """
    if not path.exists():
        return
    # Not splitlines: a text may hold a Unicode line separator. What follows the last line's end was being written when a
    # process was killed.
    for number, text in enumerate(path.read_text(encoding="utf-8").split("\n")[:-1], 1):
        try:
            entry = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}, line {number} is no JSON ({error}); remove that line") from error
        if not isinstance(entry, dict):
            raise ValueError(f"{path}, line {number} is {type(entry).__name__}, expected an object; remove that line")  # noqa: TRY004
        yield number, entry
