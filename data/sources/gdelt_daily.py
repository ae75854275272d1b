"""GDELT 1.0 daily event files: events reported in the world's news on a day, 58 columns without a header.

Published since 2013-04-01 by 6 a.m. of the east coast of the United States on the day after; `md5sums` lists every
file. Codebook: http://data.gdeltproject.org/documentation/GDELT-Data_Format_Codebook.pdf. Later files add events of
earlier days.
"""

import re
from collections.abc import Iterator

import pandas as pd

from data.sources.shared.gdelt_rows import reported_events
from data.sources.shared.source import Download, Parsed, Publisher, Source, SourceError

_LIST = "http://data.gdeltproject.org/events/md5sums"
_LINE = re.compile(r"^([0-9a-f]{32})\s+((\d{8})\.export\.CSV\.zip)\s*$", re.MULTILINE)
_POSITIONS = {
    0: "event_id",
    1: "SQLDATE",
    28: "cameo_root",
    30: "goldstein",
    31: "mentions",
    34: "tone",
    51: "ActionGeo_CountryCode",
    53: "latitude",
    54: "longitude",
    56: "DATEADDED",
}
_NAMES = [_POSITIONS.get(position, f"column {position + 1}") for position in range(58)]


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per reported event, available on the day after GDELT added it."""
    rows = reported_events(raw, filename, _NAMES, list(_POSITIONS.values()), "%Y%m%d")
    rows["available_at"] = rows["available_at"] + pd.Timedelta(days=1)
    return rows.parsed(SOURCE)


def plan(publisher: Publisher) -> Iterator[Download]:
    """List the files since the first month wanted."""
    listing = publisher.read(_LIST)
    lines = _LINE.findall(listing.decode("utf-8", errors="replace"))
    if not lines:
        expected = "lines of md5 and name of .export.CSV.zip files"
        raise SourceError(f"gdelt_daily: {_LIST}: expected {expected}, got {listing[:60]!r}; look at it by hand")
    for md5, name, day in sorted(lines, key=lambda line: str(line[2])):
        if day >= f"{publisher.since:%Y%m%d}":
            yield Download(f"{_LIST.rpartition('/')[0]}/{name}", name, version=md5, md5=md5)


SOURCE = Source(
    name="gdelt_daily",
    title="GDELT 1.0 events by day",
    publisher="The GDELT Project",
    url="https://www.gdeltproject.org/data.html",
    licence="free for any use with citation",
    citation="The GDELT Project, https://www.gdeltproject.org/; Leetaru & Schrodt (2013)",
    table="media_events",
    cadence_days=1,
    lag_days=1,
    redistribute=True,
    format_seen="2026-11: column list of version 1.0 (58 names) and the codebook as quoted in public programs",
    parse=parse,
    filename=re.compile(r"(?:^|/)\d{8}\.export\.csv(?:\.zip|\.gz)?$", re.IGNORECASE),
    increments=re.compile(r"\.export\.csv", re.IGNORECASE),
    addresses=(_LIST, "http://data.gdeltproject.org/events/20200324.export.CSV.zip"),
    address_seen="2026-09: public program that checked the live index, md5sums and the first daily file",
    plan=plan,
)
