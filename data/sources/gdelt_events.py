"""GDELT 2.0 event files: what the world's news reported in fifteen minutes, 61 columns without a header.

A file holds mostly events of its own day and some of weeks or a year before. Countries are FIPS 10-4 codes of
the place of the action; rows without one (events nobody could place, the high seas) are dropped.
"""

import re

import numpy as np
import pandas as pd

from data.sources.base import Parsed, Source
from data.sources.countries import iso3_of_fips
from data.sources.reading import read_headless
from data.sources.rows import Rows

_POSITIONS = {
    0: "event_id",
    1: "SQLDATE",
    28: "cameo_root",
    30: "goldstein",
    31: "mentions",
    34: "tone",
    53: "ActionGeo_CountryCode",
    56: "latitude",
    57: "longitude",
    59: "DATEADDED",
}
_NOWHERE = ("", "OS")
"""Events nobody could place, and those on the high seas."""
_NAMES = [_POSITIONS.get(position, f"column {position + 1}") for position in range(61)]


def parse(raw: bytes, filename: str) -> Parsed:
    """Read one row per reported event, known from the moment GDELT added it."""
    rows = Rows(read_headless(raw, filename, _NAMES, list(_POSITIONS.values())), filename)
    place = rows["ActionGeo_CountryCode"].str.strip()
    rows.drop(place.isin(_NOWHERE), "no country", rows["event_id"])
    place = place.reindex(rows.frame.index)
    rows.country(iso3_of_fips(place), place, remedy="add it to data/reference/fips_countries.csv")
    rows.dated(_days(rows["SQLDATE"], "%Y%m%d"), into="date", shown=rows["SQLDATE"])
    added = _days(rows["DATEADDED"], "%Y%m%d%H%M%S")
    rows.drop(added.isna(), "unreadable date: DATEADDED", rows["DATEADDED"])
    rows["available_at"] = np.maximum(added.reindex(rows.frame.index), rows["date"])
    for column in ("goldstein", "tone"):
        rows.number(column, required=False)
    rows.coordinates("latitude", "longitude", required=False)
    rows.number("mentions", minimum=0)
    rows.text("event_id")
    rows.unique(["event_id"], "duplicate id")
    return rows.parsed(SOURCE)


def _days(digits: pd.Series, pattern: str) -> pd.Series:
    return pd.to_datetime(digits, format=pattern, errors="coerce").astype("datetime64[us]")


SOURCE = Source(
    name="gdelt_events",
    title="GDELT 2.0 events",
    publisher="The GDELT Project",
    url="http://data.gdeltproject.org/gdeltv2/lastupdate.txt",
    licence="free for any use with citation",
    citation="The GDELT Project, https://www.gdeltproject.org/; Leetaru & Schrodt (2013)",
    table="media_events",
    cadence_days=1,
    lag_days=0,
    redistribute=True,
    format_seen="2026-11: 20180101000000.export.CSV",
    parse=parse,
    filename=re.compile(r"(?:^|/)\d{14}\.export\.csv(?:\.zip|\.gz)?$", re.IGNORECASE),
    increments=re.compile(r"\.export\.csv", re.IGNORECASE),
)
