"""UCDP's own country-year totals of organised violence: the independent check on sums of events."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from data.sources.shared.countries import iso3_of
from data.sources.shared.reading import read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Download, Parsed, Publisher, RevisionTolerance, Source, SourceError

_PAGE = "https://ucdp.uu.se/downloads/"
_LINK = re.compile(r"[^\"'\s>]*\borganizedviolencecy-(\d+)-csv\.zip", re.IGNORECASE)
_DEATHS = ("sb_total_deaths_best_cy", "ns_total_deaths_best_cy", "os_total_deaths_best_cy")


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per country and year; deaths add the best estimates of the three kinds of violence."""
    rows = SourceRows(
        read_table(raw, filename, required=("country_id_cy", "country_cy", "year_cy", *_DEATHS)), filename
    )
    rows.country(iso3_of(gwcode=rows["country_id_cy"], name=rows["country_cy"]), rows["country_cy"])
    rows.year("year_cy")
    for column in _DEATHS:
        rows.number(column, minimum=0)
    rows["deaths"] = rows.frame[list(_DEATHS)].sum(axis=1)
    rows.unique(["iso3", "year"])
    release = re.search(r"v(\d+)_(\d+)|-(\d\d)(\d)-", filename)
    return rows.parsed(SOURCE, vintage=".".join(filter(None, release.groups())) if release else "")


def plan(publisher: Publisher) -> Iterator[Download]:
    """List the newest release that the downloads page links."""
    links = _LINK.finditer(publisher.read(_PAGE).decode("utf-8", errors="replace"))
    newest = max(links, key=lambda m: int(m[1]), default=None)
    if newest is None:
        gone = "organizedviolencecy-261-csv.zip"
        raise SourceError(f"ucdp_country_year: {_PAGE}: expected a link such as {gone}, got none; look at it by hand")
    yield Download(urljoin(_PAGE, newest[0]), newest[0].rpartition("/")[2])


SOURCE = Source(
    name="ucdp_country_year",
    title="UCDP organised violence within country borders, by year",
    publisher="Uppsala Conflict Data Program",
    url="https://ucdp.uu.se/downloads/",
    licence="CC BY 4.0",
    citation="Davies, Pettersson, Sollenberg & Öberg (2025), Organized violence 1989-2024, JPR 62(4)",
    table="country_years",
    cadence_days=365,
    lag_days=200,
    redistribute=True,
    format_seen="2026-11: ucdp_organized_violence_country_year_v25_1.parquet",
    parse=parse,
    addresses=(_PAGE, "https://ucdp.uu.se/downloads/organizedviolencecy/organizedviolencecy-261-csv.zip"),
    address_seen="2026-10: public programs that fetch organizedviolencecy-261-csv.zip",
    plan=plan,
    columns=frozenset({"country_id_cy", "year_cy", "region_cy"}),
    revision=RevisionTolerance(by=0.1, share=0.1),
    known_release="26.1",
    codes=((("country_id_cy",), ("country_cy",)),),
)
