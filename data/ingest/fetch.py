"""Every open source brought up to date from its publisher: what its plan lists is fetched, kept and parsed."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from data import calendar
from data.ingest import snapshots
from data.ingest.http_client import Client, Validators
from data.ingest.ingest import FileProvenance, FileResult, file_result, ingest_file, now
from data.ingest.snapshots import ManifestEntry
from data.ingest.urls import without_secrets
from data.progress import Progress
from data.reference_tables import units
from data.settings import settings
from data.sources.registry import live_sources, missing_credentials, parser_digest
from data.sources.shared.source import Download, Source, SourceError

"""Told of a stage, what is done of it, and of how much."""
_SHOWN_BYTES = 4_000_000
"""Downloads above this have a bar of their own."""


class LivePublisher:
    """What a source's plan may know and ask, over the network and the ledger."""

    def __init__(self, source: Source, ledger: list[ManifestEntry], since: pd.Timestamp | None = None) -> None:
        self.source = source
        self.since_requested = since is not None
        self.today = pd.Timestamp(calendar.now()).tz_localize(None)
        self.since = since or self.today.normalize().replace(day=1) - pd.DateOffset(months=1)
        self.stored: Mapping[str, str] = {
            e.filename: e.vintage for e in ledger if e.source == source.name and e.outcome != "failed"
        }
        sign_in = source.sign_in
        self.client = Client(source, settings(), (lambda: sign_in(self)) if sign_in else None)

    @cached_property
    def countries(self) -> frozenset[str]:
        """ISO3 codes of the panel's countries."""
        return frozenset(units()["iso3"])

    def secret(self, name: str) -> str:
        """Return a credential by the name of its setting."""
        value = getattr(settings(), name)
        return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)

    def read(self, url: str, tail: int = 0) -> bytes:
        """Return a small document such as a list of files, or its last bytes."""
        return self.client.read(url, tail)

    def post(self, url: str, form: dict[str, str]) -> bytes:
        """Send a form and return the answer."""
        return self.client.post(url, form)


def fetch_sources(
    names: Iterable[str] = (),
    *,
    since: pd.Timestamp | None = None,
    accept: frozenset[str] = frozenset(),
    progress: Progress = lambda _stage, _done, _of: None,
    home: Path | None = None,
) -> list[FileResult]:
    """Fetch what is new of the named sources, or of all; one that fails is reported and stops no other."""
    home = home or settings().home
    wanted = live_sources(names)
    results: list[FileResult] = []
    with snapshots.write_lock(home):
        ledger = snapshots.read_manifest(home)
        for source in wanted:
            if why := missing_credentials(source):
                results.append(FileResult("", source.name, "off", message=f"{source.name} is off: {why}"))
            else:
                results += _update(home, ledger, LivePublisher(source, ledger, since), accept, progress)
    return results


def _update(
    home: Path, ledger: list[ManifestEntry], publisher: LivePublisher, accept: frozenset[str], progress: Progress
) -> list[FileResult]:
    source, results = publisher.source, list[FileResult]()
    progress(source.name, 0, 0)
    try:
        plan = list(source.plan(publisher)) if source.plan else []
    except SourceError as error:
        return [_failed(home, source, "", source.addresses[0], error)]
    last = {e.filename: e for e in ledger if e.source == source.name and e.outcome != "failed"}
    for number, download in enumerate(plan, 1):
        known = last.get(download.filename)
        try:
            if known and download.version and download.version == known.version:
                # One line stands for all files that the publisher's list says are the same.
                results.append(_same(home, ledger, source, known, accept, record=number == len(plan)))
            else:
                results.append(_fetch(home, ledger, publisher, download, known, accept, progress))
        except (SourceError, OSError) as error:
            results.append(_failed(home, source, download.filename, download.url, error))
        progress(source.name, number, len(plan))
    return results


def _fetch(
    home: Path,
    ledger: list[ManifestEntry],
    publisher: LivePublisher,
    download: Download,
    known: ManifestEntry | None,
    accept: frozenset[str],
    progress: Progress,
) -> FileResult:
    def arrived(got: int, of: int) -> None:
        if of > _SHOWN_BYTES:
            progress(f"{download.filename}, kB", got // 1000, of // 1000)

    mark = Validators(known.etag, known.last_modified) if known else Validators()
    fetched = publisher.client.download(download, mark, arrived)
    if fetched.raw is not None:
        provenance = FileProvenance(
            fetched.url, download.version, fetched.validators.etag, fetched.validators.last_modified
        )
        return ingest_file(home, ledger, publisher.source, download.filename, fetched.raw, accept, provenance)
    if known is None:
        return FileResult(download.filename, publisher.source.name, "unchanged", message="no new rows")
    return _same(home, ledger, publisher.source, known, accept)


def _same(
    home: Path,
    ledger: list[ManifestEntry],
    source: Source,
    known: ManifestEntry,
    accept: frozenset[str],
    *,
    record: bool = True,
) -> FileResult:
    """Deal with a file that the publisher still has as it is here: nothing is parsed unless the parser has changed."""
    decided = snapshots.latest_states(ledger)[known.sha256]
    if decided.outcome == "quarantined" and decided.sha12 not in accept:
        return file_result(known.filename, decided, decided.message)
    parsed = decided.parser == parser_digest() and snapshots.parsed_path(home, decided).exists()
    if decided.outcome == "quarantined" or (decided.outcome == "new" and not parsed):
        provenance = FileProvenance(known.url, known.version, known.etag, known.last_modified)
        raw = snapshots.read_raw(home, decided)
        return ingest_file(home, ledger, source, known.filename, raw, accept, provenance)
    entry = replace(known, outcome="cached", retrieved_at=now(), coverage=[], examples={}, dropped={}, message="")
    if record:
        snapshots.append_entry(home, entry)
        ledger.append(entry)
    return file_result(known.filename, entry)


def _failed(home: Path, source: Source, filename: str, url: str, error: Exception) -> FileResult:
    """Write the failure into the ledger, so that the sources page can tell of it, and say it."""
    message = str(error)
    if isinstance(error, OSError):
        message = f"{error.strerror or error}, writing to {home}; mend that and run it again: what has arrived is kept"
    if not message.startswith(f"{source.name}: "):
        message = f"{source.name}: {without_secrets(url)}: {message}"
    entry = ManifestEntry(
        sha256="",
        source=source.name,
        filename=filename,
        family=source.family(filename),
        url=without_secrets(url),
        retrieved_at=now(),
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
    with suppress(OSError):  # a full disk takes no line either
        snapshots.append_entry(home, entry)
    return FileResult(filename, source.name, "failed", message=message)
