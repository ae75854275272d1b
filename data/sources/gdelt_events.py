"""GDELT 2.0 event files: events reported in the world's news in fifteen minutes, 61 columns without a header.

`lastupdate.txt` names the newest file, `masterfilelist.txt` every file since February 2015, one line each of size,
md5 and address. The daily files of version 1.0 cover the past: by default only the quarters of an hour since
yesterday are downloaded.
"""

import re
from collections.abc import Iterator

import pandas as pd

from data.sources.shared.gdelt_rows import reported_events
from data.sources.shared.source import Download, Parsed, Publisher, Source, SourceError

_LAST = "http://data.gdeltproject.org/gdeltv2/lastupdate.txt"
_MASTER = "http://data.gdeltproject.org/gdeltv2/masterfilelist.txt"
_BYTES_A_DAY = 96 * 3 * 140
"""Of the master list: three files a quarter of an hour, up to 140 bytes a line."""
_LINE = re.compile(r"^(\d+) ([0-9a-f]{32}) (\S*/((\d{14})\.export\.CSV\.zip))\s*$", re.MULTILINE)
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
_NAMES = [_POSITIONS.get(position, f"column {position + 1}") for position in range(61)]


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per reported event, available from the time GDELT added it."""
    return reported_events(raw, filename, _NAMES, list(_POSITIONS.values()), "%Y%m%d%H%M%S").parsed(SOURCE)


def plan(publisher: Publisher) -> Iterator[Download]:
    """List the files since yesterday, or since the first month requested; only the newest where it is stored already."""
    newest = _files(publisher.read(_LAST), _LAST)[-1]
    if newest.filename in publisher.stored and not publisher.since_requested:
        yield newest
        return
    yesterday = publisher.today.normalize() - pd.Timedelta(days=1)
    first = publisher.since if publisher.since_requested else yesterday
    days = (publisher.today - first).days + 2
    for file in _files(publisher.read(_MASTER, tail=days * _BYTES_A_DAY), _MASTER):
        if f"{first:%Y%m%d%H%M%S}" <= file.filename[:14]:
            yield file


def _files(listing: bytes, address: str) -> list[Download]:
    lines = _LINE.findall(listing.decode("utf-8", errors="replace"))
    if not lines:
        expected = "lines of size, md5 and address of .export.CSV.zip files"
        raise SourceError(f"gdelt_events: {address}: expected {expected}, got {listing[:60]!r}; look at it by hand")
    return [Download(url, name, version=md5, bytes=int(size), md5=md5) for size, md5, url, name, _ in lines]


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
    addresses=(_LAST, _MASTER, "http://data.gdeltproject.org/gdeltv2/20180101000000.export.CSV.zip"),
    address_seen="2026-11: public programs that read both lists",
    plan=plan,
    filename=re.compile(r"(?:^|/)\d{14}\.export\.csv(?:\.zip|\.gz)?$", re.IGNORECASE),
    increments=re.compile(r"\.export\.csv", re.IGNORECASE),
)
