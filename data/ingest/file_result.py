"""The result of ingesting one file, as commands and the job report it."""

from dataclasses import dataclass, field

from data.ingest.manifest import ManifestEntry

_OF_ENTRY = ("source", "outcome", "read", "dropped", "examples", "first_month", "newest_month", "checks")


@dataclass(frozen=True)
class FileResult:
    """Outcome of one file, with the counts of its rows."""

    file: str
    source: str
    outcome: str
    """new, unchanged, cached, quarantined, failed, off or unrecognised."""
    read: int = 0
    kept: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    """Number of rows left out, by reason."""
    examples: dict[str, str] = field(default_factory=dict)
    """A dropped row, by reason."""
    first_month: str = ""
    newest_month: str = ""
    message: str = ""
    checks: list[dict[str, str | bool]] = field(default_factory=list)


def result_of(file: str, entry: ManifestEntry, message: str = "") -> FileResult:
    """Return the result of a file from its manifest entry."""
    return FileResult(file, kept=entry.rows, message=message, **{name: getattr(entry, name) for name in _OF_ENTRY})
