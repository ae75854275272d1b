"""UCDP's own country-year totals of organised violence: the independent check on sums of events."""

import re

from data.sources.base import Parsed, Source
from data.sources.countries import iso3_of
from data.sources.reading import read_table
from data.sources.rows import Rows

_DEATHS = ("sb_total_deaths_best_cy", "ns_total_deaths_best_cy", "os_total_deaths_best_cy")


def parse(raw: bytes, filename: str) -> Parsed:
    """Read one row per country and year; deaths add the best estimates of the three kinds of violence."""
    rows = Rows(read_table(raw, filename, required=("country_id_cy", "country_cy", "year_cy", *_DEATHS)), filename)
    rows.country(iso3_of(gwcode=rows["country_id_cy"], name=rows["country_cy"]), rows["country_cy"])
    rows.year("year_cy")
    for column in _DEATHS:
        rows.number(column, minimum=0)
    rows["deaths"] = rows.frame[list(_DEATHS)].sum(axis=1)
    rows.unique(["iso3", "year"])
    release = re.search(r"v(\d+)_(\d+)", filename)
    return rows.parsed(SOURCE, vintage=f"{release[1]}.{release[2]}" if release else "")


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
    columns=frozenset({"country_id_cy", "year_cy", "region_cy"}),
)
