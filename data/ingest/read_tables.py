"""Rows of the snapshots in use, by table."""

from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd

from data.ingest import snapshots
from data.ingest.merge import SnapshotRows, coverage_frame, join
from data.ingest.snapshots import ManifestEntry
from data.sources.registry import sources
from data.tables.registry import row_tables


def load_tables(home: Path, wanted: Collection[str] | None = None) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the rows in use of the wanted tables (all by default) by name, and the spans in which a missing row means zero."""
    used = snapshots.in_use(home)
    named = {name: of_table(used, name) for name in (row_tables() if wanted is None else wanted)}
    tables = {name: load_rows(home, name, entries) for name, entries in named.items() if entries}
    if "incidents" in tables and "withdrawals" in tables:
        tables["incidents"] = _still_standing(tables["incidents"], tables["withdrawals"])
    return tables, spans(entry for entries in named.values() for entry in entries)


def of_table(entries: Iterable[ManifestEntry], name: str) -> list[ManifestEntry]:
    """Return the snapshots that give a table, from the newest release to the oldest."""
    own = [entry for entry in entries if sources()[entry.source].table == name]
    return sorted(own, key=lambda entry: entry.order, reverse=True)


def load_rows(home: Path, name: str, entries: list[ManifestEntry]) -> pd.DataFrame:
    """Return the rows of a table out of its snapshots, given from the newest release to the oldest."""
    return join(name, [SnapshotRows(entry, _parsed_rows(home, entry)) for entry in entries])


def spans(entries: Iterable[ManifestEntry]) -> pd.DataFrame:
    """Return the spans in which a missing row of these snapshots means zero."""
    return coverage_frame([(e.source, sources()[e.source].table, *span) for e in entries for span in e.coverage])


def _still_standing(incidents: pd.DataFrame, withdrawals: pd.DataFrame) -> pd.DataFrame:
    """Leave out what was taken back after it was last uploaded."""
    back = incidents["event_id"].map(withdrawals.set_index("event_id")["available_at"])
    return incidents[~(back >= incidents["available_at"])].reset_index(drop=True)


def _parsed_rows(home: Path, entry: ManifestEntry) -> pd.DataFrame:
    path = snapshots.parsed_path(home, entry)
    if path.exists():
        return pd.read_parquet(path)
    raw = snapshots.read_raw(home, entry)
    return sources()[entry.source].parse(raw, entry.filename).rows.reset_index(drop=True)
