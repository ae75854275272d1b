"""Ingestion of one file: parsed, checked against the last vintage, stored, and in use or quarantined."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from data.ingest import snapshots, vintage_checks
from data.ingest.file_result import FileResult, result_of
from data.ingest.manifest import ManifestEntry, latest_states, timestamp
from data.ingest.read_tables import read_parsed
from data.ingest.vintages import is_older_release, last_good
from data.sources.registry import parser_digest
from data.sources.shared.reading import read_header, read_table
from data.sources.shared.source import Parsed, Source


@dataclass(frozen=True)
class FileProvenance:
    """A publisher's identifiers of a file: its address without secrets, and of its version."""

    url: str
    version: str = ""
    etag: str = ""
    last_modified: str = ""

    @classmethod
    def of(cls, entry: ManifestEntry) -> "FileProvenance":
        """Return the provenance that an entry records."""
        return cls(entry.url, entry.version, entry.etag, entry.last_modified)


def ingest_file(
    home: Path,
    manifest: list[ManifestEntry],
    source: Source,
    file: str,
    raw: bytes,
    accept: frozenset[str],
    provenance: FileProvenance,
) -> FileResult:
    """Store a file and append its entry to the manifest; bytes parsed before by the same code are not parsed again.

    Args:
        home: Home folder, whose write lock the caller holds.
        manifest: Its entries, oldest first; the new one is appended.
        source: The source that reads the file.
        file: Name of the file, or its path below the ingested folder.
        raw: The publisher's bytes.
        accept: Snapshots to use in spite of failed checks, by the first twelve digits of their sha256.
        provenance: Where the file is from.

    Raises:
        SourceError: The source cannot parse the file.
        OSError: The disk refused it.
    """
    filename = Path(file).name

    def store(entry: ManifestEntry, rows: pd.DataFrame | None = None) -> None:
        snapshots.store(home, entry, raw, rows)
        manifest.append(entry)

    known = latest_states(manifest).get(snapshots.sha256(raw))
    used = known is not None and known.outcome == "new"
    if known and used and known.parser == parser_digest() and snapshots.parsed_path(home, known).exists():
        again = replace(known, filename=filename, retrieved_at=timestamp(), outcome="unchanged", **vars(provenance))
        store(again)
        return result_of(file, again)
    parsed = source.parse(raw, filename)
    entry = _entry(source, filename, raw, parsed, provenance)
    checks = [] if used else _check(home, manifest, source, entry, raw, parsed)
    entry = replace(entry, checks=[asdict(check) for check in checks])
    failed = [check for check in checks if not check.passed]
    if failed and entry.sha12 not in accept:
        message = vintage_checks.quarantine_message(failed, filename, entry.sha12)
        entry = replace(entry, outcome="quarantined", message=message)
        store(entry, parsed.rows)
        return result_of(file, entry, entry.message)
    store(entry, parsed.rows)
    if used:
        message = "parsed anew: a parser or reference table has changed"
        return result_of(file, replace(entry, outcome="unchanged"), message)
    return result_of(file, entry, "; ".join(parsed.corrected))


def period(rows: pd.DataFrame) -> tuple[str, str]:
    """Return the first and the newest month of a source's rows, as YYYY-MM."""
    if "year" in rows:
        return f"{rows['year'].min()}-01", f"{rows['year'].max()}-12"
    dates = rows["month" if "month" in rows else "date"]
    return f"{dates.min():%Y-%m}", f"{dates.max():%Y-%m}"


def _check(
    home: Path, manifest: list[ManifestEntry], source: Source, entry: ManifestEntry, raw: bytes, parsed: Parsed
) -> list[vintage_checks.VintageCheck]:
    """Compare with the last good snapshot of the family; nothing is compared where there is none, or it is newer."""
    last = last_good(manifest, entry.source, entry.family)
    if last is None or is_older_release(entry, last):
        return []
    before = _vintage(source, last, snapshots.read_raw(home, last), read_parsed(home, last))
    return vintage_checks.compare_vintages(_vintage(source, entry, raw, parsed.rows), before, source)


def _vintage(source: Source, entry: ManifestEntry, raw: bytes, rows: pd.DataFrame) -> vintage_checks.ParsedVintage:
    header = read_header(raw, entry.filename)

    def read(columns: tuple[str, ...]) -> pd.DataFrame:
        return read_table(raw, entry.filename, required=columns)

    codes = vintage_checks.code_meanings(read, header, source)
    return vintage_checks.ParsedVintage(rows, header, entry.vintage, codes)


def _entry(source: Source, filename: str, raw: bytes, parsed: Parsed, provenance: FileProvenance) -> ManifestEntry:
    first_month, newest_month = period(parsed.rows)
    return ManifestEntry(
        sha256=snapshots.sha256(raw),
        source=source.name,
        filename=filename,
        family=source.family(filename),
        retrieved_at=timestamp(),
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
        **vars(provenance),
    )
