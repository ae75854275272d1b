"""Merge of a table's snapshots: of rows with the same key the newest release's counts."""

from typing import NamedTuple

import pandas as pd

from data.ingest.manifest import ManifestEntry
from data.tables.registry import row_tables
from data.tables.shared.spans import WORLD


class SnapshotRows(NamedTuple):
    """A snapshot in use and its parsed rows."""

    entry: ManifestEntry
    rows: pd.DataFrame


def merge_snapshots(table: str, parts: list[SnapshotRows]) -> pd.DataFrame:
    """Return the rows of a table from its snapshots.

    Of a table whose newer releases withdraw rows (`RowTable.withdrawn_by_release`), rows of months that a newer release
    covers are left out.

    Args:
        table: Name of the publishers' table.
        parts: Its snapshots, newest release first.
    """
    contract, frames = row_tables()[table].contract, [part.rows for part in parts]
    if row_tables()[table].withdrawn_by_release:
        frames = [part.rows[~_replaced(part, parts[:position])] for position, part in enumerate(parts)]
    joined = pd.concat(frames, ignore_index=True)
    return joined.drop_duplicates(contract.unique or None, ignore_index=True)


def without_deleted(events: pd.DataFrame, deletions: pd.DataFrame, as_of: pd.Timestamp | None = None) -> pd.DataFrame:
    """Return the events that their publisher has not deleted.

    An event uploaded again after its deletion counts.

    Args:
        events: Rows with `event_id` and `available_at`, the time of the last upload.
        deletions: Rows with `event_id`, unique, and `available_at`, the time of the deletion.
        as_of: Instant at which knowledge is frozen: events deleted later are still there. None for everything known.
    """
    if as_of is not None:
        deletions = deletions[deletions["available_at"] <= as_of]
    deleted_at = deletions.set_index("event_id")["available_at"].reindex(events["event_id"])
    deleted = deleted_at.to_numpy() >= events["available_at"].to_numpy()
    return events[~deleted].reset_index(drop=True)


def coverage_frame(spans: list[tuple[str, ...]]) -> pd.DataFrame:
    """Return coverage spans (source, table, iso3, first, last) as a frame with months as dates, duplicates dropped."""
    frame = pd.DataFrame(spans, columns=["source", "table", "iso3", "first", "last"], dtype="str")
    months = {c: pd.to_datetime(frame[c], format="%Y-%m").astype("datetime64[us]") for c in ("first", "last")}
    return frame.assign(**months).drop_duplicates(ignore_index=True)


def _replaced(part: SnapshotRows, newer: list[SnapshotRows]) -> pd.Series:
    month = part.rows["date"].dt.strftime("%Y-%m")
    replaced = pd.Series(False, part.rows.index)
    for entry, _ in newer:
        if entry.source == part.entry.source:
            for iso3, first, last in entry.coverage:
                replaced |= month.between(first, last) & ((iso3 == WORLD) | (part.rows["iso3"] == iso3))
    return replaced
