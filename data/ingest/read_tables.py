"""Publishers' tables from the snapshots in use, merged and without deleted events."""

from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd

from data.ingest import snapshots
from data.ingest.manifest import ManifestEntry
from data.ingest.merge import SnapshotRows, coverage_frame, merge_snapshots, without_deleted
from data.ingest.vintages import in_use
from data.sources.registry import sources
from data.tables.registry import row_tables


def load_tables(
    home: Path, wanted: Collection[str] | None = None, as_of: pd.Timestamp | None = None
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the rows in use of publishers' tables, and their coverage.

    Args:
        home: Home folder.
        wanted: Names of the tables, None for all; one without a snapshot in use is left out.
        as_of: Instant at which knowledge of deleted events is frozen; None for everything known.

    Returns:
        Rows by table, and the spans in which a missing row means zero (source, table, iso3 or "*", first, last).
    """
    used = in_use(home)
    by_table = {name: select_table(used, name) for name in (row_tables() if wanted is None else wanted)}
    tables = {name: load_rows(home, name, entries, as_of) for name, entries in by_table.items() if entries}
    return tables, coverage(entry for entries in by_table.values() for entry in entries)


def select_table(entries: Iterable[ManifestEntry], name: str) -> list[ManifestEntry]:
    """Return the snapshots that a table is made of, newest release first: its own and those of its deletions."""
    entries = list(entries)
    own = _of_table(entries, name)
    return own + _of_table(entries, row_tables()[name].deletions) if own else []


def load_rows(home: Path, name: str, entries: list[ManifestEntry], as_of: pd.Timestamp | None = None) -> pd.DataFrame:
    """Return the rows of a table from its snapshots.

    Args:
        home: Home folder.
        name: Name of the table.
        entries: Its snapshots as `select_table` returns them.
        as_of: Instant at which knowledge of deleted events is frozen; None for everything known.
    """
    rows = _merged(home, name, entries)
    listed_in = row_tables()[name].deletions
    if not _of_table(entries, listed_in):
        return rows
    return without_deleted(rows, _merged(home, listed_in, entries), as_of)


def read_parsed(home: Path, entry: ManifestEntry) -> pd.DataFrame:
    """Return the parsed rows of a snapshot, from the cache or by parsing its bytes."""
    path = snapshots.parsed_path(home, entry)
    if path.exists():
        return pd.read_parquet(path)
    raw = snapshots.read_raw(home, entry)
    return sources()[entry.source].parse(raw, entry.filename).rows.reset_index(drop=True)


def coverage(entries: Iterable[ManifestEntry]) -> pd.DataFrame:
    """Return the spans in which a missing row of these snapshots means zero."""
    return coverage_frame([(e.source, sources()[e.source].table, *span) for e in entries for span in e.coverage])


def _of_table(entries: Iterable[ManifestEntry], name: str) -> list[ManifestEntry]:
    own = [entry for entry in entries if sources()[entry.source].table == name]
    return sorted(own, key=lambda entry: entry.order, reverse=True)


def _merged(home: Path, name: str, entries: list[ManifestEntry]) -> pd.DataFrame:
    return merge_snapshots(name, [SnapshotRows(entry, read_parsed(home, entry)) for entry in _of_table(entries, name)])
