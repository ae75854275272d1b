"""A folder of publishers' files to snapshots in use, and the snapshots in use to tables."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pandas as pd

from data import calendar
from data.ingest import snapshots, vintage_checks
from data.ingest.read_tables import _parsed_rows
from data.ingest.snapshots import ManifestEntry
from data.settings import settings
from data.sources.registry import identify, parser_digest, sources
from data.sources.shared.reading import read_header, read_table
from data.sources.shared.source import Parsed, Source, SourceError

_TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".parquet", ".zip", ".gz")


@dataclass(frozen=True)
class FileProvenance:
    """Where a file came from: its address without secrets, and the publisher's marks of the version."""

    url: str
    version: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class FileResult:
    """What became of one file."""

    file: str
    source: str
    outcome: str
    """new, unchanged, cached, quarantined, failed, off or unrecognised."""
    read: int = 0
    kept: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    first_month: str = ""
    newest_month: str = ""
    message: str = ""
    checks: list[dict[str, str | bool]] = field(default_factory=list)


def ingest_folder(
    folder: Path,
    *,
    accept: frozenset[str] = frozenset(),
    progress: Callable[[str], None] | None = None,
    home: Path | None = None,
) -> list[FileResult]:
    """Take in every file below `folder` that a source reads; a bad file is reported and stops no other.

    `accept` names quarantined snapshots to be used all the same, by the first twelve digits of their sha256.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder; give the folder that holds the publishers' files")
    home = home or settings().home
    results = []
    with snapshots.write_lock(home):
        ledger = snapshots.read_manifest(home)
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            name = path.relative_to(folder)
            if any(part.startswith(".") for part in name.parts):
                continue
            result = _ingest_file(home, ledger, path, str(name), accept)
            results.append(result)
            if progress and result.outcome != "unrecognised":
                progress(f"{result.file}: {result.outcome}, {result.kept} of {result.read} rows")
    return results


def accept_quarantined(accept: frozenset[str], home: Path | None = None) -> list[FileResult]:
    """Put quarantined snapshots, named by the first twelve digits of their sha256, to use; raise LookupError for others."""
    home = home or settings().home
    results = []
    with snapshots.write_lock(home):
        ledger = snapshots.read_manifest(home)
        quarantined = {e.sha12: e for e in snapshots.latest_states(ledger).values() if e.outcome == "quarantined"}
        for sha12 in sorted(accept):
            if sha12 not in quarantined:
                raise LookupError(
                    f"no snapshot {sha12!r} is quarantined; quarantined are {', '.join(sorted(quarantined)) or 'none'}"
                )
            entry = quarantined[sha12]
            provenance = FileProvenance(entry.url, entry.version, entry.etag, entry.last_modified)
            raw = snapshots.read_raw(home, entry)
            results.append(ingest_file(home, ledger, sources()[entry.source], entry.filename, raw, accept, provenance))
    return results


def _ingest_file(home: Path, ledger: list[ManifestEntry], path: Path, name: str, accept: frozenset[str]) -> FileResult:
    source = None
    try:
        raw = path.read_bytes()
        source = identify(path.name, raw)
        if source is None:
            return _unrecognised(name, raw)
        return ingest_file(home, ledger, source, name, raw, accept, FileProvenance(source.url))
    except (SourceError, OSError) as error:
        return FileResult(name, source.name if source else "", "failed", message=str(error))


def file_result(file: str, entry: ManifestEntry, message: str = "") -> FileResult:
    """Say what the ledger says of a file."""
    shared = ("source", "outcome", "read", "dropped", "examples", "first_month", "newest_month", "checks")
    return FileResult(file, kept=entry.rows, message=message, **{field: getattr(entry, field) for field in shared})


def _unrecognised(name: str, raw: bytes) -> FileResult:
    if not name.lower().endswith(_TABLE_SUFFIXES):
        return FileResult(name, "", "unrecognised")
    if not raw:
        return FileResult(name, "", "failed", message=f"{name}: the file is empty; download it again")
    return FileResult(name, "", "unrecognised", message=f"{name}: no source reads this name and these columns")


def ingest_file(
    home: Path,
    ledger: list[ManifestEntry],
    source: Source,
    file: str,
    raw: bytes,
    accept: frozenset[str],
    provenance: FileProvenance,
) -> FileResult:
    """Put a file's bytes into the store and its line into the ledger; parse it unless that was done already."""
    filename = Path(file).name

    def keep(entry: ManifestEntry, rows: pd.DataFrame | None = None) -> None:
        snapshots.store(home, entry, raw, rows)
        ledger.append(entry)

    known = snapshots.latest_states(ledger).get(snapshots.sha256(raw))
    used = known is not None and known.outcome == "new"
    if known and used and known.parser == parser_digest() and snapshots.parsed_path(home, known).exists():
        entry = with_provenance(replace(known, filename=filename, retrieved_at=now(), outcome="unchanged"), provenance)
        keep(entry)
        return file_result(file, entry)
    parsed = source.parse(raw, filename)
    entry = with_provenance(_entry(source, filename, raw, parsed), provenance)
    found = [] if used else _checks(home, ledger, source, entry, raw, parsed)
    entry = replace(entry, checks=[asdict(check) for check in found])
    failed = [check for check in found if not check.passed]
    if failed and entry.sha12 not in accept:
        entry = replace(
            entry, outcome="quarantined", message=vintage_checks.quarantine_message(failed, filename, entry.sha12)
        )
        keep(entry, parsed.rows)
        return file_result(file, entry, entry.message)
    keep(entry, parsed.rows)
    if used:
        message = "parsed anew: a parser or reference table has changed"
        return file_result(file, replace(entry, outcome="unchanged"), message)
    return file_result(file, entry, "; ".join(parsed.corrected))


def with_provenance(entry: ManifestEntry, provenance: FileProvenance) -> ManifestEntry:
    """Return the line with the file's address and the publisher's marks."""
    return replace(
        entry,
        url=provenance.url,
        version=provenance.version,
        etag=provenance.etag,
        last_modified=provenance.last_modified,
    )


def _checks(
    home: Path, ledger: list[ManifestEntry], source: Source, entry: ManifestEntry, raw: bytes, parsed: Parsed
) -> list[vintage_checks.VintageCheck]:
    """Compare with the last good snapshot of the family; nothing is compared where there is none, or it is newer."""
    last = snapshots.last_good(ledger, entry.source, entry.family)
    if last is None or snapshots.is_older_release(entry, last):
        return []
    before = _vintage(source, last, snapshots.read_raw(home, last), _parsed_rows(home, last))
    return vintage_checks.compare(_vintage(source, entry, raw, parsed.rows), before, source)


def _vintage(source: Source, entry: ManifestEntry, raw: bytes, rows: pd.DataFrame) -> vintage_checks.ParsedVintage:
    header = read_header(raw, entry.filename)
    codes = vintage_checks.code_meanings(
        lambda columns: read_table(raw, entry.filename, required=columns), header, source
    )
    return vintage_checks.ParsedVintage(rows, header, entry.vintage, codes)


def _entry(source: Source, filename: str, raw: bytes, parsed: Parsed) -> ManifestEntry:
    first_month, newest_month = period(parsed.rows)
    return ManifestEntry(
        sha256=snapshots.sha256(raw),
        source=source.name,
        filename=filename,
        family=source.family(filename),
        url=source.url,
        retrieved_at=now(),
        vintage=parsed.vintage,
        licence=source.licence,
        bytes=len(raw),
        rows=len(parsed.rows),
        read=parsed.read,
        dropped=parsed.dropped,
        examples=parsed.examples,
        first_month=first_month,
        newest_month=newest_month,
        coverage=[(iso3, f"{first:%Y-%m}", f"{last:%Y-%m}") for iso3, first, last in parsed.coverage],
        outcome="new",
        parser=parser_digest(),
    )


def period(rows: pd.DataFrame) -> tuple[str, str]:
    """Return first and newest month of a source's rows."""
    if "year" in rows:
        return f"{rows['year'].min()}-01", f"{rows['year'].max()}-12"
    dates = rows["month" if "month" in rows else "date"]
    return f"{dates.min():%Y-%m}", f"{dates.max():%Y-%m}"


def now() -> str:
    """Return the moment as the ledger writes it."""
    return calendar.now().isoformat(timespec="seconds")
