"""Events that ACLED has deleted, from its deletions endpoint: id and time of deletion.

Needs the same account as acled. The first download covers a year, later ones the deletions since.
"""

import re
from collections.abc import Iterator

import pandas as pd

from data.sources.shared import acled_api
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Download, Parsed, Publisher, Source

_READ = "https://acleddata.com/api/deleted/read"


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per deleted event."""
    rows = SourceRows(acled_api.read(raw, filename, ("event_id_cnty", "deleted_timestamp")), filename)
    seconds = pd.to_numeric(rows["deleted_timestamp"], errors="coerce")
    rows["available_at"] = pd.to_datetime(seconds, unit="s", errors="coerce").astype("datetime64[us]")
    rows.dated(rows["available_at"].dt.normalize(), into="date", shown=rows["deleted_timestamp"])
    rows["event_id"] = rows["event_id_cnty"]
    rows.text("event_id")
    rows.unique(["event_id"], "duplicate id")
    return rows.parsed(SOURCE, vintage=f"{rows['date'].max():%Y-%m-%d}" if len(rows.frame) else "")


def plan(publisher: Publisher) -> Iterator[Download]:
    """List the deletions since the newest stored one."""
    newest = max(publisher.stored.values(), default="")
    since = pd.Timestamp(newest) if newest else publisher.today.normalize() - pd.DateOffset(years=1)
    after = {"deleted_timestamp": f"{since.timestamp():.0f}", "deleted_timestamp_where": ">="}
    yield acled_api.download(_READ, after, f"acled_deleted_{since:%Y-%m-%d}.json.zip")


SOURCE = Source(
    name="acled_deleted",
    title="Events deleted from the Armed Conflict Location and Event Data",
    publisher="ACLED",
    url="https://acleddata.com/api-documentation/deleted-endpoint",
    licence="ACLED terms of use: not to be passed on",
    citation="Raleigh, Kishi & Linke (2023), Humanities and Social Sciences Communications 10",
    table="withdrawals",
    cadence_days=7,
    lag_days=7,
    redistribute=False,
    format_seen="2026-11: the API's documentation, the acledR package (event_id_cnty, deleted_timestamp)",
    parse=parse,
    columns=frozenset({"event_id_cnty", "deleted_timestamp"}),
    filename=re.compile(r"(?:^|/)acled_deleted_[\d-]+\.(?:json\.zip|csv)$"),
    increments=re.compile(r"acled_deleted_"),
    addresses=(acled_api.TOKEN, _READ),
    address_seen="2026-10: acledR and other public programs that use the API of 2025",
    plan=plan,
    credentials=("acled_email", "acled_password"),
    sign_in=acled_api.sign_in,
)
