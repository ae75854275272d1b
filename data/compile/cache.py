"""Cache of reduced tables, keyed by their snapshots and by the code and reference tables that reduce them.

<home>/parsed/reduced/<table>-<digest>/<compiled table>.parquet      derived; may be deleted
"""

import hashlib
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pandas as pd

from data.compile.tables import Step, compile_table
from data.files.atomic import atomic_write_folder
from data.ingest.manifest import ManifestEntry
from data.ingest.read_tables import coverage, load_rows
from data.settings import REPOSITORY
from data.tables.shared.table import Tables


class ReductionCache:
    """The reduced tables of one home, and which of them were used."""

    def __init__(self, home: Path, progress: Step) -> None:
        self._home, self._progress = home, progress
        self._used: set[Path] = set()

    def tables_of(self, name: str, entries: list[ManifestEntry]) -> Tables:
        """Return the compiled tables that snapshots of a table of rows reduce to, from the cache where they are in it."""
        folder = self._home / "parsed" / "reduced" / f"{name}-{digest(entries)}"
        self._used.add(folder)
        if not folder.exists():
            self._progress(f"reading {name.replace('_', ' ')}")
            _put(folder, compile_table(name, load_rows(self._home, name, entries), coverage(entries), self._progress))
        return {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}

    def evict_unused(self) -> None:
        """Delete the tables that were not used, and drafts of killed runs."""
        for folder in (self._home / "parsed" / "reduced").glob("*"):
            if folder not in self._used:
                shutil.rmtree(folder)


def _put(folder: Path, tables: Tables) -> None:
    def fill(draft: Path) -> None:
        for name, table in tables.items():
            table.to_parquet(draft / f"{name}.parquet", index=False, compression="zstd")

    atomic_write_folder(folder, fill)


def digest(entries: Iterable[ManifestEntry]) -> str:
    """Return a cache key of snapshots: the digest of their bytes, the code and the reference tables."""
    named = "".join(entry.sha256 for entry in entries) + _code()
    return hashlib.sha256(named.encode()).hexdigest()[:16]


@cache
def _code() -> str:
    """Return the digest of all code and reference tables that a reduction depends on."""
    decide = [*(REPOSITORY / "data").rglob("*.py"), *(REPOSITORY / "data" / "reference").glob("*.csv")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(decide))).hexdigest()
