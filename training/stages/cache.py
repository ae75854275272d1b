"""The cache between jobs: features of a panel by origin, hazards of a backtest by fold.

<home>/kept/<kind>/<name>      named by a digest of its inputs; complete or absent

A resumed job finds its finished parts here, and the next month's job those that have not changed.
"""

import os
from collections.abc import Callable
from pathlib import Path

from data.files.atomic import atomic_write

MAX_FILES = {"features": 2, "folds": 80}
"""Cached files of each kind, least recently used evicted: two panels, and two backtests with a fold a year."""


class Cache:
    """The cache of a home folder."""

    def __init__(self, home: Path) -> None:
        self.root = home / "kept"

    def folder(self, kind: str, part: str = "") -> Path:
        """Return the folder of a kind, or a part of it."""
        folder = self.root / kind / part
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def file(self, kind: str, name: str) -> Path:
        """Return the path of a file, cached or not; a cached one counts as used now."""
        path = self.folder(kind) / name
        if path.exists():
            os.utime(path)
        return path

    def write(self, path: Path, write: Callable[[Path], None]) -> None:
        """Let `write` write a file, which appears atomically and survives a power cut."""
        atomic_write(path, write)

    def prune(self) -> None:
        """Delete all but the most recently used files of each kind."""
        for kind, count in MAX_FILES.items():
            paths = (path for path in self.folder(kind).rglob("*") if path.is_file())
            files = sorted(paths, key=lambda path: path.stat().st_mtime)
            for path in files[:-count]:
                path.unlink()
