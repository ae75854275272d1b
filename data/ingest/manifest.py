"""The manifest of snapshots: one entry per retrieval of a file, appended and never rewritten."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from data import calendar
from data.files import jsonl_log
from data.sources.shared.source import release_order

MANIFEST = "manifest.jsonl"
_RENAMED_OUTCOMES = {"held": "quarantined"}
"""Outcomes as earlier releases wrote them."""


@dataclass(frozen=True)
class ManifestEntry:
    """One retrieval of one file."""

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
    """`new` is in use until replaced, `quarantined` failed a check, `pruned` is no longer on disk: these are states of a
    snapshot. `unchanged` was retrieved again with the same bytes, `cached` was not sent again, `failed` did not arrive."""
    parser: str
    """Digest of the code and reference tables that parsed it."""
    examples: dict[str, str] = field(default_factory=dict)
    version: str = ""
    """The publisher's identifier of the version, from its list of files."""
    etag: str = ""
    last_modified: str = ""
    message: str = ""
    checks: list[dict[str, str | bool]] = field(default_factory=list)
    """Result of each check against the last vintage: name, passed, message."""

    @property
    def sha12(self) -> str:
        """First twelve digits of the sha256, by which commands and messages name a snapshot."""
        return self.sha256[:12]

    @property
    def order(self) -> tuple[int, ...]:
        """Sort key of the publisher's release by age."""
        return release_order(self.vintage)


def read_manifest(home: Path) -> list[ManifestEntry]:
    """Return every entry, oldest first; empty where nothing was ever ingested.

    Raises:
        ValueError: A line is no entry; the message names the line and the remedy.
    """
    path = home / "snapshots" / MANIFEST
    entries = []
    for number, line in jsonl_log.entries(path):
        try:
            outcome = _RENAMED_OUTCOMES.get(line["outcome"], line["outcome"])
            entries.append(ManifestEntry(**line | {"outcome": outcome}))
        except (TypeError, KeyError) as error:
            raise ValueError(
                f"{path}, line {number} is no manifest entry ({error}); remove it and ingest its file again"
            ) from error
    return entries


def append_entry(home: Path, entry: ManifestEntry) -> None:
    """Append an entry to the manifest and flush it to disk."""
    jsonl_log.append(home / "snapshots" / MANIFEST, asdict(entry))


def latest_states(entries: list[ManifestEntry]) -> dict[str, ManifestEntry]:
    """Return the entry that decides the state of each snapshot, by sha256: the last new, quarantined or pruned one."""
    return {entry.sha256: entry for entry in entries if entry.outcome in {"new", "quarantined", "pruned"}}


def timestamp() -> str:
    """Return the current time as the manifest writes it, ISO 8601 in UTC."""
    return calendar.now().isoformat(timespec="seconds")
