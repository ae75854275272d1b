"""Download of every open source from its publisher: the files of its plan are fetched, stored and parsed."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pandas as pd

from data.ingest import snapshots
from data.ingest.file_result import FileResult, result_of
from data.ingest.http_client import Validators
from data.ingest.ingest_file import FileProvenance, ingest_file
from data.ingest.live_publisher import LivePublisher
from data.ingest.manifest import ManifestEntry, append_entry, latest_states, read_manifest, timestamp
from data.ingest.urls import without_secrets
from data.progress import Progress, no_progress
from data.settings import settings
from data.sources.registry import live_sources, missing_credentials, parser_digest
from data.sources.shared.source import Download, Source, SourceError

_SHOWN_BYTES = 4_000_000
"""Downloads above this have a progress bar of their own."""


def fetch_sources(
    names: Iterable[str] = (),
    *,
    since: pd.Timestamp | None = None,
    accept: frozenset[str] = frozenset(),
    progress: Progress = no_progress,
    home: Path | None = None,
) -> list[FileResult]:
    """Download and ingest the new files of open sources; a source that fails is reported and stops no other.

    Args:
        names: Names of the sources; default every one with a live address.
        since: First month wanted of sources that publish by day or quarter of an hour; default the month before this.
        accept: Snapshots to use in spite of failed checks, by the first twelve digits of their sha256.
        progress: Called with the source, the files done and their number.
        home: Home folder; default the one of the settings.

    Returns:
        One result per file, and one per source that is off or whose list of files cannot be read.

    Raises:
        LookupError: A name is no source that can be fetched.
    """
    home = home or settings().home
    wanted = live_sources(names)
    results: list[FileResult] = []
    with snapshots.write_lock(home):
        manifest = read_manifest(home)
        for source in wanted:
            if why := missing_credentials(source):
                results.append(FileResult("", source.name, "off", message=f"{source.name} is off: {why}"))
            else:
                results += _fetch_source(home, manifest, LivePublisher(source, manifest, since), accept, progress)
    return results


def _fetch_source(
    home: Path, manifest: list[ManifestEntry], publisher: LivePublisher, accept: frozenset[str], progress: Progress
) -> list[FileResult]:
    source, results = publisher.source, list[FileResult]()
    progress(source.name, 0, 0)
    try:
        plan = list(source.plan(publisher)) if source.plan else []
    except SourceError as error:
        return [_failed(home, source, "", source.addresses[0], error)]
    last = {e.filename: e for e in manifest if e.source == source.name and e.outcome != "failed"}
    for number, download in enumerate(plan, 1):
        known = last.get(download.filename)
        try:
            if known and download.version and download.version == known.version:
                # One entry stands for all files that are the same by the publisher's list.
                results.append(_unchanged(home, manifest, source, known, accept, record=number == len(plan)))
            else:
                results.append(_fetch_file(home, manifest, publisher, download, known, accept, progress))
        except (SourceError, OSError) as error:
            results.append(_failed(home, source, download.filename, download.url, error))
        progress(source.name, number, len(plan))
    return results


def _fetch_file(
    home: Path,
    manifest: list[ManifestEntry],
    publisher: LivePublisher,
    download: Download,
    known: ManifestEntry | None,
    accept: frozenset[str],
    progress: Progress,
) -> FileResult:
    def arrived(received: int, total: int) -> None:
        if total > _SHOWN_BYTES:
            progress(f"{download.filename}, kB", received // 1000, total // 1000)

    validators = Validators(known.etag, known.last_modified) if known else Validators()
    fetched = publisher.client.download(download, validators, arrived)
    if fetched.raw is not None:
        provenance = FileProvenance(fetched.url, download.version, **vars(fetched.validators))
        return ingest_file(home, manifest, publisher.source, download.filename, fetched.raw, accept, provenance)
    if known is None:
        return FileResult(download.filename, publisher.source.name, "unchanged", message="no new rows")
    return _unchanged(home, manifest, publisher.source, known, accept)


def _unchanged(
    home: Path,
    manifest: list[ManifestEntry],
    source: Source,
    known: ManifestEntry,
    accept: frozenset[str],
    *,
    record: bool = True,
) -> FileResult:
    """Return the result of a file that the publisher has not changed; it is parsed only if the parser has changed."""
    state = latest_states(manifest)[known.sha256]
    if state.outcome == "quarantined" and state.sha12 not in accept:
        return result_of(known.filename, state, state.message)
    parsed = state.parser == parser_digest() and snapshots.parsed_path(home, state).exists()
    if state.outcome == "quarantined" or (state.outcome == "new" and not parsed):
        raw = snapshots.read_raw(home, state)
        return ingest_file(home, manifest, source, known.filename, raw, accept, FileProvenance.of(known))
    entry = replace(known, outcome="cached", retrieved_at=timestamp(), coverage=[], examples={}, dropped={}, message="")
    if record:
        append_entry(home, entry)
        manifest.append(entry)
    return result_of(known.filename, entry)


def _failed(home: Path, source: Source, filename: str, url: str, error: Exception) -> FileResult:
    """Record the failure in the manifest, for the sources page, and return it."""
    message = str(error)
    if isinstance(error, OSError):
        message = f"{error.strerror or error}, writing to {home}; mend that and run it again: the download is resumed"
    if not message.startswith(f"{source.name}: "):
        message = f"{source.name}: {without_secrets(url)}: {message}"
    entry = ManifestEntry(
        sha256="",
        source=source.name,
        filename=filename,
        family=source.family(filename),
        url=without_secrets(url),
        retrieved_at=timestamp(),
        vintage="",
        licence=source.licence,
        bytes=0,
        rows=0,
        read=0,
        dropped={},
        first_month="",
        newest_month="",
        coverage=[],
        outcome="failed",
        parser="",
        message=message,
    )
    with suppress(OSError):  # a full disk takes no entry either
        append_entry(home, entry)
    return FileResult(filename, source.name, "failed", message=message)
