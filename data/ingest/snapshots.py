"""Append-only store of publishers' files, content-addressed by sha256, with their parsed rows.

<home>/snapshots/<source>/<sha256><suffix>      raw bytes, never overwritten
<home>/snapshots/manifest.jsonl                 one entry per retrieval, never rewritten
<home>/parsed/<source>/<sha256>.parquet         derived; may be deleted, `chokepoint ingest` makes it again
"""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import filelock
import pandas as pd

from data.files.atomic import atomic_write, remove_drafts
from data.ingest.manifest import ManifestEntry, append_entry, latest_states, read_manifest
from data.ingest.vintages import in_use


def raw_path(home: Path, entry: ManifestEntry) -> Path:
    """Return the path of the publisher's bytes."""
    return home / "snapshots" / entry.source / (entry.sha256 + "".join(Path(entry.filename).suffixes[-2:]))


def parsed_path(home: Path, entry: ManifestEntry) -> Path:
    """Return the path of the parsed rows."""
    return home / "parsed" / entry.source / f"{entry.sha256}.parquet"


def sha256(raw: bytes) -> str:
    """Return the SHA-256 digest that identifies these bytes."""
    return hashlib.sha256(raw).hexdigest()


def store(home: Path, entry: ManifestEntry, raw: bytes, rows: pd.DataFrame | None = None) -> None:
    """Write a snapshot and its manifest entry.

    The entry comes last: a process killed before it leaves bytes that nothing refers to, never an entry without bytes.

    Args:
        home: Home folder.
        entry: Entry of the retrieval.
        raw: The publisher's bytes; not written again where they are stored already.
        rows: Parsed rows, or None to leave the stored ones as they are.
    """
    if not raw_path(home, entry).exists():
        _write(raw_path(home, entry), raw)
    if rows is not None:
        buffer = io.BytesIO()
        rows.to_parquet(buffer, index=False, compression="zstd")
        _write(parsed_path(home, entry), buffer.getvalue())
    append_entry(home, entry)


@contextmanager
def write_lock(home: Path) -> Iterator[None]:
    """Hold the write lock of the store, waiting for other processes; drafts of killed ones are removed."""
    store = home / "snapshots"
    store.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(store / ".lock", is_singleton=True) as lock:
        if lock.lock_counter == 1:
            for folder in (*store.glob("*/"), *(home / "parsed").glob("*/")):
                remove_drafts(folder)
        yield


def read_raw(home: Path, entry: ManifestEntry) -> bytes:
    """Return the publisher's bytes, verified by their digest.

    Raises:
        ValueError: The bytes are not those that were stored.
        FileNotFoundError: The file is gone.
    """
    raw = raw_path(home, entry).read_bytes()
    digest = sha256(raw)
    if digest != entry.sha256:
        path = raw_path(home, entry)
        raise ValueError(f"{path} holds {digest[:12]}, expected {entry.sha12}; restore or delete it")
    return raw


def verify(home: Path) -> list[str]:
    """Return one sentence per stored file that is gone or changed, by hashing every one again."""
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
    """Return the snapshots that pruning would delete.

    Args:
        home: Home folder.
        keep: Newest vintages of every family to keep, at least one; snapshots in use are kept always.
    """
    used = {entry.sha256 for entry in in_use(home)}
    families: dict[tuple[str, str], list[ManifestEntry]] = {}
    for entry in latest_states(read_manifest(home)).values():
        if entry.outcome != "pruned":
            families.setdefault((entry.source, entry.family), []).append(entry)
    old = [entry for vintages in families.values() for entry in vintages[: -max(keep, 1)]]
    return [entry for entry in old if entry.sha256 not in used]


def prune(home: Path, entries: list[ManifestEntry], now: str) -> None:
    """Delete raw and parsed bytes of these snapshots, each after a `pruned` entry in the manifest."""
    for entry in entries:
        append_entry(home, replace(entry, outcome="pruned", retrieved_at=now))
        raw_path(home, entry).unlink(missing_ok=True)
        parsed_path(home, entry).unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Some publishers' terms forbid passing rows on: nobody but the owner of the home folder reads them.
    atomic_write(path, lambda draft: draft.write_bytes(content), mode=0o600)
