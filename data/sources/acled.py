"""ACLED: political violence and protest, one row per event, from the API of 2025 or the account's CSV export.

Off until a myACLED account is set; its rows stay on this machine, as the terms forbid redistribution. The API takes
a token for email and password (https://acleddata.com/api-documentation/getting-started) and returns 5,000 rows a page.
Each calendar year is downloaded once, afterwards only rows added or edited since (`timestamp`). Deleted events are
listed by acled_deleted. Dates were "05 July 2022" in exports before 2023.
"""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.sources.shared import acled_api
from data.sources.shared.countries import iso3_of
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Download, Parsed, Publisher, Source

_READ = "https://acleddata.com/api/acled/read"
_FIRST_YEAR = 2018
"""ACLED covers most of the world from here."""
_REQUIRED = (
    "event_id_cnty",
    "event_date",
    "event_type",
    "sub_event_type",
    "country",
    "latitude",
    "longitude",
    "fatalities",
)
_OPTIONAL = ("geo_precision", "time_precision", "timestamp")


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per event; the newest `timestamp` is the vintage."""
    rows = SourceRows(acled_api.read(raw, filename, _REQUIRED, _OPTIONAL), filename)
    rows.country(iso3_of(name=rows["country"]), rows["country"])
    days = pd.to_datetime(rows["event_date"], errors="coerce", format="ISO8601")
    days = days.fillna(pd.to_datetime(rows["event_date"], errors="coerce", format="%d %B %Y"))
    rows.dated(days, into="date", shown=rows["event_date"])
    rows.coordinates("latitude", "longitude")
    rows.number("fatalities", minimum=0)
    rows["deaths"] = rows["fatalities"]
    for column, name in (("geo_precision", "place_prec"), ("time_precision", "date_prec")):
        values = rows.frame.get(column, pd.Series(np.nan, rows.frame.index))
        rows[name] = pd.to_numeric(values, errors="coerce").astype("float64")
    rows.text("event_type")
    rows["event_id"] = rows["event_id_cnty"]
    rows.text("event_id")
    uploaded = _uploaded(rows.frame)
    # Rows are published in the week after the event; an export without timestamps is as old as its last event.
    rows["available_at"] = uploaded.fillna(rows["date"] + pd.Timedelta(days=SOURCE.lag_days))
    rows["available_at"] = np.maximum(rows["available_at"], rows["date"])
    rows.unique(["event_id"], "duplicate id")
    return rows.parsed(SOURCE, vintage=f"{uploaded.max():%Y-%m-%d}" if uploaded.notna().any() else "")


def plan(publisher: Publisher) -> Iterator[Download]:
    """List the years not yet stored, and the changes since the newest stored row."""
    years = range(_FIRST_YEAR, publisher.today.year + 1)
    for year in years:
        if _name(year) not in publisher.stored:
            between = {"event_date": f"{year}-01-01|{year}-12-31", "event_date_where": "BETWEEN"}
            yield acled_api.download(_READ, between, _name(year))
    newest = max((day for day in publisher.stored.values() if re.fullmatch(r"\d{4}-\d\d-\d\d", day)), default="")
    if newest:
        since = int(pd.Timestamp(newest, tz="UTC").timestamp())
        yield acled_api.download(
            _READ, {"timestamp": str(since), "timestamp_where": ">="}, f"acled_changes_{newest}.json.zip"
        )


def _name(year: int) -> str:
    return f"acled_{year}.json.zip"


def _uploaded(frame: pd.DataFrame) -> pd.Series:
    if "timestamp" not in frame:
        return pd.Series(pd.NaT, frame.index, dtype="datetime64[us]")
    seconds = pd.to_numeric(frame["timestamp"], errors="coerce")
    return pd.to_datetime(seconds, unit="s", errors="coerce").astype("datetime64[us]")


SOURCE = Source(
    name="acled",
    title="Armed Conflict Location and Event Data",
    publisher="ACLED",
    url="https://acleddata.com/api-documentation/getting-started",
    licence="ACLED terms of use: not to be passed on",
    citation="Raleigh, Kishi & Linke (2023), Political instability patterns are obscured by conflict dataset scope "
    "conditions, sources, and coding choices, Humanities and Social Sciences Communications 10",
    table="incidents",
    cadence_days=7,
    lag_days=7,
    redistribute=False,
    format_seen="2026-11: column documentation of the acledR package, the API's documentation",
    parse=parse,
    columns=frozenset({"event_id_cnty", "event_date", "sub_event_type", "fatalities"}),
    filename=re.compile(r"(?:^|/)acled_(?:changes_)?[\d-]+\.json\.zip$"),
    increments=re.compile(r"\.json\.zip$"),
    addresses=(acled_api.TOKEN, _READ),
    address_seen="2026-10: acledR and other public programs that use the API of 2025",
    plan=plan,
    credentials=("acled_email", "acled_password"),
    sign_in=acled_api.sign_in,
)
