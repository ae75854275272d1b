"""A folder of publishers' files to snapshots in use, and the snapshots in use to tables."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from data import calendar, checks, snapshots
from data.joins import Snapshot, coverage_frame, join
from data.settings import settings
from data.snapshots import Entry
from data.sources.base import Parsed, Source, SourceError
from data.sources.reading import read_header
from data.sources.registry import identify, parser_digest, sources

_TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".parquet", ".zip", ".gz")


@dataclass(frozen=True)
class FileResult:
    """What became of one file."""

    file: str
    source: str
    outcome: str
    """new, unchanged, held, failed or unrecognised."""
    read: int = 0
    kept: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    first_month: str = ""
    newest_month: str = ""
    message: str = ""


def ingest_folder(
    folder: Path,
    *,
    accept: frozenset[str] = frozenset(),
    progress: Callable[[str], None] | None = None,
    home: Path | None = None,
) -> list[FileResult]:
    """Take in every file below `folder` that a source reads; a bad file is reported and stops no other.

    `accept` names held snapshots to be used all the same, by the first twelve digits of their sha256.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder; give the folder that holds the publishers' files")
    results = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder)
        if any(part.startswith(".") for part in name.parts):
            continue
        result = _ingest_file(home or settings().home, path, str(name), accept)
        results.append(result)
        if progress and result.outcome != "unrecognised":
            progress(f"{result.file}: {result.outcome}, {result.kept} of {result.read} rows")
    return results


def load_tables(home: Path) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return all rows in use by table name, and the spans in which a missing row means zero."""
    by_table: dict[str, list[Snapshot]] = {}
    spans: list[tuple[str, ...]] = []
    for entry in sorted(snapshots.in_use(home), key=lambda e: e.order, reverse=True):
        table = sources()[entry.source].table
        by_table.setdefault(table, []).append(Snapshot(entry, _parsed_rows(home, entry)))
        spans += [(entry.source, table, *span) for span in entry.coverage]
    return {name: join(name, parts) for name, parts in by_table.items()}, coverage_frame(spans)


def _ingest_file(home: Path, path: Path, name: str, accept: frozenset[str]) -> FileResult:
    source = None
    try:
        raw = path.read_bytes()
        source = identify(path.name, raw)
        if source is None:
            return _unrecognised(name, raw)
        entry, message = _take_in(home, source, path.name, raw, accept)
    except (SourceError, OSError) as error:
        return FileResult(name, source.name if source else "", "failed", message=str(error))
    shared = ("source", "outcome", "read", "dropped", "examples", "first_month", "newest_month")
    return FileResult(name, kept=entry.rows, message=message, **{field: getattr(entry, field) for field in shared})


def _unrecognised(name: str, raw: bytes) -> FileResult:
    if not name.lower().endswith(_TABLE_SUFFIXES):
        return FileResult(name, "", "unrecognised")
    if not raw:
        return FileResult(name, "", "failed", message=f"{name}: the file is empty; download it again")
    return FileResult(name, "", "unrecognised", message=f"{name}: no source reads this name and these columns")


def _take_in(home: Path, source: Source, filename: str, raw: bytes, accept: frozenset[str]) -> tuple[Entry, str]:
    ledger = snapshots.read_manifest(home)
    known = snapshots.state(ledger).get(snapshots.sha256(raw))
    used = known is not None and known.outcome == "new"
    if known and used and known.parser == parser_digest() and snapshots.parsed_path(home, known).exists():
        entry = replace(known, filename=filename, retrieved_at=_now(), outcome="unchanged")
        snapshots.store(home, entry, raw)
        return entry, ""
    parsed = source.parse(raw, filename)
    entry = _entry(source, filename, raw, parsed)
    failure = "" if used else _failed_checks(home, ledger, entry, raw, parsed)
    if failure and entry.sha12 not in accept:
        entry = replace(entry, outcome="held")
        snapshots.store(home, entry, raw, parsed.rows)
        return entry, failure
    snapshots.store(home, entry, raw, parsed.rows)
    if used:
        return replace(entry, outcome="unchanged"), "parsed anew: a parser or reference table has changed"
    return entry, "; ".join(parsed.corrected)


def _failed_checks(home: Path, ledger: list[Entry], entry: Entry, raw: bytes, parsed: Parsed) -> str:
    """Compare with the last good snapshot of the family; return why the new one is to be held, or nothing."""
    last = snapshots.last_good(ledger, entry.source, entry.family)
    if last is None or snapshots.is_older_release(entry, last):
        return ""
    header = read_header(raw, entry.filename)
    last_header = read_header(snapshots.read_raw(home, last), last.filename)
    found = checks.compare(parsed.rows, _parsed_rows(home, last), header, last_header)
    failed = [check for check in found if not check.passed]
    return checks.held_message(failed, entry.filename, entry.sha12) if failed else ""


def _entry(source: Source, filename: str, raw: bytes, parsed: Parsed) -> Entry:
    first_month, newest_month = _period(parsed.rows)
    return Entry(
        sha256=snapshots.sha256(raw),
        source=source.name,
        filename=filename,
        family=source.family(filename),
        url=source.url,
        retrieved_at=_now(),
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


def _parsed_rows(home: Path, entry: Entry) -> pd.DataFrame:
    path = snapshots.parsed_path(home, entry)
    if path.exists():
        return pd.read_parquet(path)
    raw = snapshots.read_raw(home, entry)
    return sources()[entry.source].parse(raw, entry.filename).rows.reset_index(drop=True)


def _period(rows: pd.DataFrame) -> tuple[str, str]:
    if "year" in rows:
        return f"{rows['year'].min()}-01", f"{rows['year'].max()}-12"
    dates = rows["month" if "month" in rows else "date"]
    return f"{dates.min():%Y-%m}", f"{dates.max():%Y-%m}"


def _now() -> str:
    return calendar.now().isoformat(timespec="seconds")
