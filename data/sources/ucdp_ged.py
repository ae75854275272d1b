"""UCDP Georeferenced Event Dataset: organised violence, one row per deadly event.

Yearly releases (GEDEvent_v25_1, mid-year, up to December before) and monthly Candidate releases
(GEDEvent_v25_0_10, about the 20th of the month after) share their columns. A release without `where_prec` is
read only in the repacked layout that keeps exact places (where_prec 1 and 2) and has year, month and day in
columns of their own. The downloads page links the newest yearly archive and the newest Candidate files; the
Candidate months before them keep their addresses. Look by hand at https://ucdp.uu.se/downloads/; a renamed column
or a fourth type_of_violence makes this fail.
"""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import numpy as np
import pandas as pd

from data.sources.shared.countries import iso3_of
from data.sources.shared.coverage import census
from data.sources.shared.reading import read_header, read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Download, Parsed, Publisher, RevisionTolerance, Source, SourceError, Span

_REQUIRED = ("id", "date_start", "country", "type_of_violence", "latitude", "longitude", "best")
_FULL = ("where_prec", "date_prec", "adm_1", "country_id")
_PRECISE = frozenset({"year", "month", "day"})
_VIOLENCE = {1: "state", 2: "nonstate", 3: "onesided"}
_PAGE = "https://ucdp.uu.se/downloads/"
_YEARLY = re.compile(r"[^\"'\s>]*\bged(\d\d)1-csv\.zip", re.IGNORECASE)
_CANDIDATE = re.compile(r"[^\"'\s>]*\bGEDEvent_v(\d\d)_(\d+)(?:_(\d+)_(\d+)|_(\d+))?\.csv", re.IGNORECASE)
_RELEASE = re.compile(r"ged(\d\d)(\d)|v(\d+(?:_\d+)+)", re.IGNORECASE)


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse a GED or Candidate release, or the repacked layout of precise events."""
    header = read_header(raw, filename)
    precise = "where_prec" not in header and header >= _PRECISE
    required = _REQUIRED if precise else (*_REQUIRED, *_FULL)
    rows = SourceRows(read_table(raw, filename, required=required, optional=("iso3", "source_file")), filename)
    if precise:
        rows.frame = rows.frame.assign(where_prec=2.0, date_prec=np.nan, adm_1=np.nan, country_id=np.nan)
    iso3 = iso3_of(gwcode=rows["country_id"], name=rows["country"], iso3=rows.frame.get("iso3"))
    rows.country(iso3, rows["country"])
    rows.date("date_start", into="date")
    rows.coordinates("latitude", "longitude")
    rows.number("best", minimum=0)
    rows["deaths"] = rows["best"]
    for column in ("where_prec", "date_prec"):
        rows.number(column, required=not precise and column == "where_prec")
    _violence(rows)
    _ids(rows)
    rows["district"] = rows["adm_1"].replace("", np.nan)
    return rows.parsed(SOURCE, coverage=_coverage(rows.frame), vintage=release(filename))


def plan(publisher: Publisher) -> Iterator[Download]:
    """List the newest yearly release, and every Candidate file of the years that it does not cover."""
    page = publisher.read(_PAGE).decode("utf-8", errors="replace")
    yearly = max(_YEARLY.finditer(page), key=lambda m: int(m[1]), default=None)
    candidates = {m[0].rpartition("/")[2]: m for m in _CANDIDATE.finditer(page) if m[4] or m[5] or m[2] == "0"}
    if yearly is None or not candidates:
        gone = "ged251-csv.zip" if yearly is None else "GEDEvent_v26_0_8.csv"
        raise SourceError(f"ucdp_ged: {_PAGE}: expected links such as {gone}, got none; look at the page by hand")
    yield Download(urljoin(_PAGE, yearly[0]), yearly[0].rpartition("/")[2])
    folder = urljoin(_PAGE, next(iter(candidates.values()))[0]).rpartition("/")[0]
    months = {(int(m[1]), int(m[5])) for m in candidates.values() if m[2] == "0" and m[5]}
    newest = max(months, default=(int(yearly[1]), 0))
    # ged251 ends with 2024: the Candidate releases 25.0.1 and on go beyond it.
    wanted = [(y, m) for y in range(int(yearly[1]), newest[0] + 1) for m in range(1, 13) if (y, m) <= newest]
    names = [f"GEDEvent_v{year}_0_{month}.csv" for year, month in wanted]
    summed = [name for name, m in candidates.items() if m[4] and int(m[1]) >= int(yearly[1])]
    for name in [*names, *sorted(summed)]:
        yield Download(f"{folder}/{name}", name)


def release(filename: str) -> str:
    """Return the release in a file name: 21.1 for ged211, 23.0.10 for GEDEvent_v23_0_10, else the empty string."""
    match = _RELEASE.search(filename)
    if not match:
        return ""
    return f"{match[1]}.{match[2]}" if match[1] else match[3].replace("_", ".")


def _violence(rows: SourceRows) -> None:
    kind = pd.to_numeric(rows["type_of_violence"], errors="coerce").map(_VIOLENCE)
    rows.drop(kind.isna(), "unknown type_of_violence", rows["type_of_violence"])
    rows["violence"] = kind


def _ids(rows: SourceRows) -> None:
    rows["event_id"] = rows["id"].astype("str").str.strip().str.removesuffix(".0")
    rows.drop(rows["event_id"].isna() | (rows["event_id"] == ""), "missing value: id", rows["id"])
    rows.unique(["event_id"], "duplicate id")


def _coverage(frame: pd.DataFrame) -> list[Span]:
    # The repacked country files carry the file each row came from; a history ends where its own file ends.
    if "source_file" not in frame:
        return census(frame["iso3"], frame["date"])
    return [span for _, part in frame.groupby("source_file") for span in census(part["iso3"], part["date"])]


SOURCE = Source(
    name="ucdp_ged",
    title="UCDP Georeferenced Event Dataset and Candidate Events",
    publisher="Uppsala Conflict Data Program",
    url="https://ucdp.uu.se/downloads/",
    licence="CC BY 4.0",
    citation=(
        "Sundberg & Melander (2013), Introducing the UCDP Georeferenced Event Dataset, JPR 50(4); "
        "Davies, Pettersson, Sollenberg & Öberg (2025), JPR 62(4); Hegre et al. (2020), Research & Politics"
    ),
    table="events",
    cadence_days=31,
    lag_days=20,
    redistribute=True,
    format_seen="2026-11: GEDEvent_v23_0_10.csv.gz, ged211_events_precise.parquet",
    parse=parse,
    columns=frozenset({"id", "type_of_violence", "side_a", "side_b"}),
    addresses=(
        _PAGE,
        "https://ucdp.uu.se/downloads/ged/ged261-csv.zip",
        "https://ucdp.uu.se/downloads/candidateged/GEDEvent_v26_0_8.csv",
    ),
    address_seen="2026-10: public programs that fetch ged261-csv.zip and GEDEvent_v26_0_8.csv, found by the page's links",
    plan=plan,
    increments=re.compile(r"v\d+_0?\d?\d_\d+", re.IGNORECASE),
    revision=RevisionTolerance(by=0.1, share=0.1),
    known_release="26.1",
    codes=((("country_id",), ("country",)), (("id",), ("country_id",))),
)
