"""What later jobs need not make again: features of a panel by origin, hazards of a backtest by fold.

<home>/kept/<kind>/<name>      named after everything it depends on; there whole or not at all

A job killed halfway finds there what it had finished, and the next month's job what has not changed.
"""

import os
from collections.abc import Callable
from pathlib import Path

from data.files.atomic import atomic_write

KEEP = {"features": 2, "folds": 80}
"""Files kept of each kind, the last used ones: two panels, and two backtests with a fold a year."""


class Kept:
    """The store of a home folder."""

    def __init__(self, home: Path) -> None:
        self.root = home / "kept"

    def folder(self, kind: str, part: str = "") -> Path:
        """Return the folder of a kind, or a part of it."""
        made = self.root / kind / part
        made.mkdir(parents=True, exist_ok=True)
        return made

    def file(self, kind: str, name: str) -> Path:
        """Return where a piece is, or would be; one that is there counts as used now."""
        path = self.folder(kind) / name
        if path.exists():
            os.utime(path)
        return path

    def put(self, path: Path, write: Callable[[Path], None]) -> None:
        """Let `write` make a piece, which appears at once and outlives a power cut."""
        atomic_write(path, write)

    def prune(self) -> None:
        """Delete all but the pieces of each kind that were used last."""
        for kind, count in KEEP.items():
            pieces = (path for path in self.folder(kind).rglob("*") if path.is_file())
            files = sorted(pieces, key=lambda path: path.stat().st_mtime)
            for path in files[:-count]:
                path.unlink()
