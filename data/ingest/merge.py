"""Snapshots of one table put together: of rows with one key the newest release's stays."""

from typing import NamedTuple

import pandas as pd

from data.ingest.snapshots import ManifestEntry
from data.tables.registry import row_tables
from data.tables.shared.spans import WORLD


class SnapshotRows(NamedTuple):
    """A snapshot in use and its rows."""

    entry: ManifestEntry
    rows: pd.DataFrame


def join(table: str, parts: list[SnapshotRows]) -> pd.DataFrame:
    """Return the rows of a table, given its snapshots from the newest release to the oldest.

    Of a table whose newer releases withdraw rows (`RowTable.withdrawn_by_release`), rows of months that a newer release
    covers are left out.
    """
    contract, frames = row_tables()[table].contract, [part.rows for part in parts]
    if row_tables()[table].withdrawn_by_release:
        frames = [part.rows[~_replaced(part, parts[:position])] for position, part in enumerate(parts)]
    joined = pd.concat(frames, ignore_index=True)
    return joined.drop_duplicates(contract.unique or None, ignore_index=True)


def coverage_frame(spans: list[tuple[str, ...]]) -> pd.DataFrame:
    """Return the spans (source, table, iso3, first, last) as a frame with months as dates."""
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
