"""Append-only store of publishers' files: raw bytes by content, a ledger of retrievals, parsed rows.

<home>/snapshots/<source>/<sha256><suffix>      raw bytes, never overwritten
<home>/snapshots/manifest.jsonl                 one line per retrieval, never rewritten
<home>/parsed/<source>/<sha256>.parquet         derived; may be deleted, `chokepoint ingest` makes it again
"""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import filelock
import pandas as pd

from data import calendar
from data.files import jsonl_log
from data.files.atomic import atomic_write, remove_drafts
from data.sources.shared.source import release_order

MANIFEST = "manifest.jsonl"
_RENAMED_OUTCOMES = {"held": "quarantined"}
"""Outcomes as earlier releases wrote them."""


@dataclass(frozen=True)
class ManifestEntry:
    """One retrieval of one file: a line of the ledger."""

    sha256: str
    source: str
    filename: str
    family: str
    """Series of files of which each replaces the one before."""
    url: str
    retrieved_at: str
    vintage: str
    licence: str
    bytes: int
    rows: int
    read: int
    dropped: dict[str, int]
    first_month: str
    newest_month: str
    coverage: list[tuple[str, str, str]]
    outcome: str
    """`new` is in use until replaced, `quarantined` failed a check, `pruned` is no longer on disk; `unchanged` came again and
    was there already, `cached` was not sent again, `failed` did not come: these three decide nothing."""
    parser: str
    """Digest of the code and reference tables that parsed it."""
    examples: dict[str, str] = field(default_factory=dict)
    version: str = ""
    """The publisher's own mark of the version, out of its list of files."""
    etag: str = ""
    last_modified: str = ""
    message: str = ""
    checks: list[dict[str, str | bool]] = field(default_factory=list)
    """What each check against the last vintage found: name, passed, message."""

    @property
    def sha12(self) -> str:
        """First twelve digits of the sha256: how commands and messages name a snapshot."""
        return self.sha256[:12]

    @property
    def order(self) -> tuple[int, ...]:
        """Age of the publisher's release among its like."""
        return release_order(self.vintage)


def read_manifest(home: Path) -> list[ManifestEntry]:
    """Return the ledger, oldest line first; empty where nothing was ever taken in."""
    path = home / "snapshots" / MANIFEST
    entries = []
    for number, line in jsonl_log.entries(path):
        try:
            entries.append(ManifestEntry(**line | {"outcome": _RENAMED_OUTCOMES.get(line["outcome"], line["outcome"])}))
        except (TypeError, KeyError) as error:
            raise ValueError(
                f"{path}, line {number} is no ledger entry ({error}); remove it and ingest its file again"
            ) from error
    return entries


def latest_states(entries: list[ManifestEntry]) -> dict[str, ManifestEntry]:
    """Return each snapshot's deciding line, by sha256: the last one that says new, quarantined or pruned."""
    return {entry.sha256: entry for entry in entries if entry.outcome in {"new", "quarantined", "pruned"}}


def in_use(home: Path) -> list[ManifestEntry]:
    """Return the snapshots whose rows count: of every family the newest that is not quarantined."""
    return [vintages[-1] for vintages in vintages_by_family(read_manifest(home))]


def vintages_by_family(entries: list[ManifestEntry]) -> list[list[ManifestEntry]]:
    """Return, for every family, the snapshots that were in use one after the other, as far as their bytes are here.

    `retrieved_at` of each is when it was taken in or accepted for the first time.
    """
    since: dict[str, str] = {}
    for entry in entries:
        if entry.outcome == "new":
            since.setdefault(entry.sha256, entry.retrieved_at)
    found: dict[tuple[str, str], list[ManifestEntry]] = {}
    for entry in latest_states(entries).values():
        vintages = found.setdefault((entry.source, entry.family), [])
        if entry.outcome == "new" and not (vintages and is_older_release(entry, vintages[-1])):
            vintages.append(replace(entry, retrieved_at=since[entry.sha256]))
    return [vintages for vintages in found.values() if vintages]


def vintages_by_origin(vintages: list[list[ManifestEntry]]) -> list[tuple[int, list[ManifestEntry]]]:
    """Return what was in use, from the oldest to the newest, each with the first origin that may see it; -1 for any.

    Of a family that an origin had nothing of yet its first snapshot stands in: by its publication lag it could have been
    there. Of several taken in during one month the last counts.
    """
    seen = [dict(zip(_first_origins(family), family, strict=True)) for family in vintages]
    origins = sorted({origin for family in seen for origin in family})
    return [(origin, [_known(family, origin) for family in seen]) for origin in (-1, *origins)]


def _first_origins(family: list[ManifestEntry]) -> list[int]:
    taken = pd.to_datetime(pd.Series([entry.retrieved_at for entry in family]), format="ISO8601", utc=True)
    return [int(origin) for origin in calendar.visible_from(taken.dt.tz_localize(None))]


def _known(family: dict[int, ManifestEntry], origin: int) -> ManifestEntry:
    known = [first for first in family if first <= origin]
    return family[max(known, default=min(family))]


def last_good(entries: list[ManifestEntry], source: str, family: str) -> ManifestEntry | None:
    """Return the snapshot a new file of this family is compared with."""
    good = [e for e in latest_states(entries).values() if (e.source, e.family, e.outcome) == (source, family, "new")]
    return good[-1] if good else None


def quarantined(home: Path) -> list[ManifestEntry]:
    """Return the snapshots that failed a check and wait for a decision: the last of each family, where none came after it."""
    waiting: dict[tuple[str, str], ManifestEntry] = {}
    for entry in read_manifest(home):
        if entry.outcome == "quarantined":
            waiting[entry.source, entry.family] = entry
        elif entry.outcome == "new":
            waiting.pop((entry.source, entry.family), None)
    return list(waiting.values())


def is_older_release(entry: ManifestEntry, other: ManifestEntry) -> bool:
    """Tell whether the release numbers make `entry` older; a file without one is as new as it comes."""
    dated = entry.vintage.startswith("to ") or other.vintage.startswith("to ")
    return not dated and entry.order < other.order


def raw_path(home: Path, entry: ManifestEntry) -> Path:
    """Return where the publisher's bytes lie."""
    return home / "snapshots" / entry.source / (entry.sha256 + "".join(Path(entry.filename).suffixes[-2:]))


def parsed_path(home: Path, entry: ManifestEntry) -> Path:
    """Return where the parsed rows lie."""
    return home / "parsed" / entry.source / f"{entry.sha256}.parquet"


def sha256(raw: bytes) -> str:
    """Return the name of these bytes."""
    return hashlib.sha256(raw).hexdigest()


def store(home: Path, entry: ManifestEntry, raw: bytes, rows: pd.DataFrame | None = None) -> None:
    """Write bytes not yet there and the parsed rows, then the ledger line that makes them count."""
    if not raw_path(home, entry).exists():
        _write(raw_path(home, entry), raw)
    if rows is not None:
        buffer = io.BytesIO()
        rows.to_parquet(buffer, index=False, compression="zstd")
        _write(parsed_path(home, entry), buffer.getvalue())
    append_entry(home, entry)


def append_entry(home: Path, entry: ManifestEntry) -> None:
    """Write a line of the ledger; half a line that a killed run left there is cut off first."""
    jsonl_log.append(home / "snapshots" / MANIFEST, asdict(entry))


@contextmanager
def write_lock(home: Path) -> Iterator[None]:
    """Wait until no other run writes to this home, then keep the others waiting; drafts of killed runs go."""
    store = home / "snapshots"
    store.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(store / ".lock", is_singleton=True) as lock:
        if lock.lock_counter == 1:
            for folder in (*store.glob("*/"), *(home / "parsed").glob("*/")):
                remove_drafts(folder)
        yield


def read_raw(home: Path, entry: ManifestEntry) -> bytes:
    """Return the publisher's bytes; raise ValueError where they are not what was stored."""
    raw = raw_path(home, entry).read_bytes()
    found = sha256(raw)
    if found != entry.sha256:
        path = raw_path(home, entry)
        raise ValueError(f"{path} holds {found[:12]}, expected {entry.sha12}; restore or delete it")
    return raw


def verify(home: Path) -> list[str]:
    """Hash every stored file again; return one sentence per file that is gone or changed."""
    faults = []
    for entry in latest_states(read_manifest(home)).values():
        if entry.outcome == "pruned":
            continue
        try:
            read_raw(home, entry)
        except (ValueError, FileNotFoundError) as error:
            faults.append(str(error))
    return faults


def superseded(home: Path, keep: int) -> list[ManifestEntry]:
    """Return what pruning would take: of every family all but the newest `keep` vintages, never one in use."""
    used = {entry.sha256 for entry in in_use(home)}
    families: dict[tuple[str, str], list[ManifestEntry]] = {}
    for entry in latest_states(read_manifest(home)).values():
        if entry.outcome != "pruned":
            families.setdefault((entry.source, entry.family), []).append(entry)
    old = [entry for vintages in families.values() for entry in vintages[: -max(keep, 1)]]
    return [entry for entry in old if entry.sha256 not in used]


def prune(home: Path, entries: list[ManifestEntry], now: str) -> None:
    """Delete raw and parsed bytes of these snapshots; the ledger says so first, and keeps their lines."""
    for entry in entries:
        append_entry(home, replace(entry, outcome="pruned", retrieved_at=now))
        raw_path(home, entry).unlink(missing_ok=True)
        parsed_path(home, entry).unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Some publishers' terms forbid passing rows on: nobody but the owner of the home folder reads them.
    atomic_write(path, lambda draft: draft.write_bytes(content), mode=0o600)
