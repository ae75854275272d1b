"""Vintages of each family of files: which are in use, since when, and which are quarantined."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from data import calendar
from data.ingest.manifest import ManifestEntry, latest_states, read_manifest


def in_use(home: Path) -> list[ManifestEntry]:
    """Return the snapshots whose rows count: of every family the newest that is not quarantined."""
    return [vintages[-1] for vintages in vintages_by_family(read_manifest(home))]


def vintages_by_family(entries: list[ManifestEntry]) -> list[list[ManifestEntry]]:
    """Return the successive vintages in use of every family, as far as their bytes are still stored.

    Args:
        entries: The manifest, oldest entry first.

    Returns:
        A list per family, oldest vintage first; `retrieved_at` of each is when it was first ingested or accepted.
    """
    since: dict[str, str] = {}
    for entry in entries:
        if entry.outcome == "new":
            since.setdefault(entry.sha256, entry.retrieved_at)
    by_family: dict[tuple[str, str], list[ManifestEntry]] = {}
    for entry in latest_states(entries).values():
        vintages = by_family.setdefault((entry.source, entry.family), [])
        if entry.outcome == "new" and not (vintages and is_older_release(entry, vintages[-1])):
            vintages.append(replace(entry, retrieved_at=since[entry.sha256]))
    return [vintages for vintages in by_family.values() if vintages]


def vintages_by_origin(families: list[list[ManifestEntry]]) -> list[tuple[int, list[ManifestEntry]]]:
    """Return the snapshots in use as of each origin at which one of them changed.

    An origin before a family's first snapshot gets that one: by its publication lag it could have been there. Of several
    ingested in one month the last counts.

    Args:
        families: Vintages of each family, oldest first, as `vintages_by_family` returns them.

    Returns:
        Pairs, oldest first, of the first origin (months since 1989-01; -1 for any) and a snapshot per family.
    """
    by_origin = [dict(zip(_first_origins(family), family, strict=True)) for family in families]
    origins = sorted({origin for family in by_origin for origin in family})
    return [(origin, [_as_of(family, origin) for family in by_origin]) for origin in (-1, *origins)]


def _first_origins(family: list[ManifestEntry]) -> list[int]:
    retrieved = pd.to_datetime(pd.Series([entry.retrieved_at for entry in family]), format="ISO8601", utc=True)
    return [int(origin) for origin in calendar.visible_from(retrieved.dt.tz_localize(None))]


def _as_of(family: dict[int, ManifestEntry], origin: int) -> ManifestEntry:
    known = [first for first in family if first <= origin]
    return family[max(known, default=min(family))]


def last_good(entries: list[ManifestEntry], source: str, family: str) -> ManifestEntry | None:
    """Return the snapshot that a new file of this family is compared with, None where there is none."""
    good = [e for e in latest_states(entries).values() if (e.source, e.family, e.outcome) == (source, family, "new")]
    return good[-1] if good else None


def quarantined(home: Path) -> list[ManifestEntry]:
    """Return the quarantined snapshots to decide on: the last of each family, unless a newer one is in use."""
    waiting: dict[tuple[str, str], ManifestEntry] = {}
    for entry in read_manifest(home):
        if entry.outcome == "quarantined":
            waiting[entry.source, entry.family] = entry
        elif entry.outcome == "new":
            waiting.pop((entry.source, entry.family), None)
    return list(waiting.values())


def is_older_release(entry: ManifestEntry, other: ManifestEntry) -> bool:
    """Return whether the release numbers make `entry` older; a file without one counts as the newest."""
    unnumbered = entry.vintage.startswith("to ") or other.vintage.startswith("to ")
    return not unnumbered and entry.order < other.order
