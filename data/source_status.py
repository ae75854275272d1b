"""Status of every source: its newest month here, its last success, and whether its addresses answer."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from data import calendar
from data.catalogue import catalogue_known_to
from data.ingest.live_publisher import LivePublisher
from data.ingest.manifest import ManifestEntry, latest_states, read_manifest
from data.ingest.urls import without_secrets
from data.ingest.vintages import in_use
from data.panel.folder import panel_folder
from data.progress import Progress, no_progress
from data.sources.registry import live_sources, missing_credentials, sources
from data.sources.shared.reading import read_header
from data.sources.shared.source import Download, Parsed, Source, SourceError
from data.tables.registry import fed_by, max_age_months, panel_tables

_HEAD = 1 << 16


def _no_rows(_content: bytes, name: str) -> Parsed:
    raise SourceError(
        f"{name}: the catalogue of episodes is a reference table; change it by `chokepoint episodes review`"
    )


CATALOGUE = Source(
    name="episodes",
    title="Catalogue of episodes of disruption",
    publisher="Chokepoint, curated by hand",
    url="",
    licence="Apache-2.0",
    citation="Chokepoint, catalogue of episodes",
    table="episodes",
    cadence_days=30,
    lag_days=30,
    redistribute=True,
    format_seen="",
    parse=_no_rows,
)
"""The catalogue as a source among the others; nothing is fetched for it."""


@dataclass(frozen=True)
class FeedStatus:
    """The status of a source on this machine."""

    source: Source
    state: str
    """off, by hand, not fetched, failing, quarantined, late or fresh."""
    newest_month: str
    last_success: str
    """When it was last ingested or found unchanged."""
    needed: str
    """Remedy, or the step that turns it on; empty where none is needed."""
    panel_month: str = ""
    """Its newest month in the panel in use, which may be the starter panel."""
    age_months: int | None = None
    """Whole months from then to the last complete month; None where the panel has nothing of it."""
    due: str = ""
    """Day on which the next month's rows should be out."""
    limit_months: int | None = None
    """Age beyond which its rows are not used, and the targets that need it are not forecast; None where in no feature."""
    tables: tuple[str, ...] = ()
    """Panel tables made from it."""
    expected_months: int | None = None
    """Age of its newest month when it is on time; None where in no table of the panel."""

    @property
    def in_use(self) -> str:
        """State of its rows in the panel in use: on time, late, too old to be used, or none."""
        if self.age_months is None or self.limit_months is None or self.expected_months is None:
            return "none"
        if self.age_months > self.limit_months:
            return "too old to be used"
        return "late" if self.age_months > self.expected_months else "on time"


@dataclass(frozen=True)
class AddressCheck:
    """Result of requesting one address."""

    source: str
    address: str
    expected: str
    got: str
    state: str
    """ok, failed or off."""


def feed_statuses(home: Path) -> list[FeedStatus]:
    """Return the state of every source, from the manifest of snapshots and the settings; the catalogue of episodes is the first."""
    manifest = read_manifest(home)
    used = in_use(home)
    inside = _newest_in_panel()
    return [catalogue_status()] + [
        _with_limits(_feed(source, [e for e in manifest if e.source == source.name], used), inside.get(source.name, ""))
        for source in sources().values()
    ]


def catalogue_status() -> FeedStatus:
    """Return the state of the catalogue of episodes, whose newest month is the one up to which it is reviewed."""
    month = f"{catalogue_known_to():%Y-%m}"
    status = _with_limits(FeedStatus(CATALOGUE, "fresh", month, "", ""), month)
    if status.in_use == "on time":
        return status
    return replace(status, state="late", needed="chokepoint episodes propose, then chokepoint episodes review")


def check_addresses(names: Iterable[str] = (), progress: Progress = no_progress) -> list[AddressCheck]:
    """Request the list and the head of the first and last file of every live source; nothing is stored."""
    wanted, checks = live_sources(names), list[AddressCheck]()
    for number, source in enumerate(wanted, 1):
        progress("addresses", number, len(wanted))
        if why := missing_credentials(source):
            checks.append(AddressCheck(source.name, source.addresses[0], "", why, "off"))
        else:
            checks += _check(LivePublisher(source, []))
    return checks


def _feed(source: Source, lines: list[ManifestEntry], used: list[ManifestEntry]) -> FeedStatus:
    newest = max((e.newest_month for e in used if e.source == source.name), default="")
    success = max((e.retrieved_at for e in lines if e.outcome in {"new", "unchanged", "cached"}), default="")
    last = {e.filename: e for e in lines}
    failed = [e for e in last.values() if e.outcome == "failed" and e.retrieved_at[:13] >= success[:13]]
    quarantined = [e for e in latest_states(lines).values() if e.outcome == "quarantined"]
    if why := missing_credentials(source):
        return FeedStatus(source, "off", newest, success, why)
    if failed:
        return FeedStatus(source, "failing", newest, success, failed[-1].message)
    if quarantined:
        return FeedStatus(
            source, "quarantined", newest, success, f"look, then `chokepoint ingest --accept {quarantined[-1].sha12}`"
        )
    if not newest:
        return FeedStatus(source, "by hand" if source.plan is None else "not fetched", "", success, _how(source))
    late = _overdue(source, newest)
    return FeedStatus(source, "late" if late else "fresh", newest, success, _how(source) if late else "")


def _newest_in_panel() -> dict[str, str]:
    manifest = panel_folder() / "manifest.json"
    listed = json.loads(manifest.read_text()).get("sources", []) if manifest.exists() else []
    return {entry["name"]: entry.get("newest_month", "") for entry in listed}


def _with_limits(feed: FeedStatus, panel_month: str) -> FeedStatus:
    tables = (CATALOGUE.table,) if feed.source is CATALOGUE else fed_by(feed.source.table)
    limits = [max_age_months(table) for table in tables]
    expected = [panel_tables()[table].expected_age_months for table in tables]
    this_month = calendar.month_index(pd.Timestamp(calendar.now()))
    newest = max(panel_month, feed.newest_month)
    return replace(
        feed,
        panel_month=panel_month,
        age_months=this_month - 1 - calendar.month_index(calendar.parse_month(panel_month)) if panel_month else None,
        due=f"{_due(feed.source, newest):%Y-%m-%d}" if newest else "",
        limit_months=max(limits, default=None),
        tables=tables,
        expected_months=max(expected, default=None),
    )


def _how(source: Source) -> str:
    return "chokepoint ingest --from DIR" if source.plan is None else f"chokepoint ingest --source {source.name}"


def _overdue(source: Source, newest_month: str) -> bool:
    """Return whether the rows after the newest month should have been published by now."""
    return bool(pd.Timestamp(calendar.now()).tz_localize(None) > _due(source, newest_month))


def _due(source: Source, newest_month: str) -> pd.Timestamp:
    after = calendar.parse_month(newest_month) + pd.offsets.MonthBegin(1)
    return after + pd.Timedelta(days=source.cadence_days + source.lag_days)


def _check(publisher: LivePublisher) -> list[AddressCheck]:
    source = publisher.source
    listed = "a list of files" if len(source.addresses) > 1 else "a file"
    try:
        plan = list(source.plan(publisher)) if source.plan else []
    except SourceError as error:
        return [AddressCheck(source.name, without_secrets(source.addresses[0]), listed, _tail(error), "failed")]
    checks = [AddressCheck(source.name, source.addresses[0], listed, f"{len(plan)} to fetch", "ok")]
    return checks + [_probe(publisher, download) for download in dict.fromkeys([*plan[:1], *plan[-1:]])]


def _probe(publisher: LivePublisher, download: Download) -> AddressCheck:
    source, address = publisher.source, without_secrets(download.url)
    packed = download.filename.lower().endswith((".zip", ".xlsx"))
    expected = "rows" if download.pager else "a zip archive" if packed else "the known columns"
    moved = ""
    try:
        if download.pager:
            got = f"{download.pager(1, publisher.read(download.url))[0]:,} rows"
            fine = True
        else:
            head, moved = publisher.client.peek(download.url, _HEAD)
            fine = head[:2] == b"PK" if packed else _has_columns(source, head, download.filename)
            got = expected if fine else repr(head[:40])
    except SourceError as error:
        return AddressCheck(source.name, address, expected, _tail(error), "failed")
    return AddressCheck(
        source.name, address, expected, got + (f", moved to {moved}" if moved else ""), "ok" if fine else "failed"
    )


def _has_columns(source: Source, head: bytes, filename: str) -> bool:
    header = read_header(head, filename)
    return any(columns and columns <= header for columns in (source.columns, *source.other_columns))


def _tail(error: Exception) -> str:
    """Return what was got and the remedy: source and address stand in the table already."""
    _, _, got = str(error).partition(", got ")
    return got or str(error)
