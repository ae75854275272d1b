"""Append-only files of JSON lines: what was written stays, and half a line that a killed run left counts for nothing."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def append(path: Path, line: Mapping[str, object]) -> None:
    """Write one line to disk; half a line at the end of the file is cut off first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as ledger:
        end = ledger.seek(0, os.SEEK_END)
        ledger.seek(max(0, end - 1))
        if end and ledger.read(1) != b"\n":
            ledger.seek(0)
            ledger.truncate(ledger.read().rfind(b"\n") + 1)
        ledger.write((json.dumps(line, ensure_ascii=False) + "\n").encode())
        ledger.flush()
        os.fsync(ledger.fileno())


def lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each whole line with its number, oldest first; nothing where there is no file.

    Raises ValueError that names the line where one is no JSON object.
    """
    if not path.exists():
        return
    # Not splitlines: a text may hold a Unicode line separator. What follows the last line's end was being written when a
    # run was killed.
    for number, text in enumerate(path.read_text(encoding="utf-8").split("\n")[:-1], 1):
        try:
            line = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}, line {number} is no JSON ({error}); remove that line") from error
        if not isinstance(line, dict):
            raise ValueError(f"{path}, line {number} is {type(line).__name__}, expected an object; remove that line")  # noqa: TRY004
        yield number, line
