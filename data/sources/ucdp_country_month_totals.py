"""Deaths by country and month from GED and the Candidate releases, zero rows included.

A source of its own because its totals are systematically low: its compiler drops events that start in one
month and end in another, which leaves 0.33 to 0.95 of UCDP's deaths (Ethiopia, Ukraine and Mexico lose most).
"""

import numpy as np

from data.sources.shared.countries import iso3_of
from data.sources.shared.coverage import per_country
from data.sources.shared.reading import read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Parsed, RevisionTolerance, Source


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per country and month; counts of events are not in it."""
    rows = SourceRows(
        read_table(raw, filename, required=("country_ne", "month", "deaths"), optional=("iso3",)), filename
    )
    rows.country(iso3_of(name=rows["country_ne"], iso3=rows.frame.get("iso3")), rows["country_ne"])
    rows.date("month", into="month")
    rows.number("deaths", minimum=0)
    for kind in ("state", "nonstate", "onesided"):
        rows[f"events_{kind}"] = np.nan
    rows.unique(["iso3", "month"])
    return rows.parsed(SOURCE, coverage=per_country(rows["iso3"], rows["month"]))


SOURCE = Source(
    name="ucdp_country_month_totals",
    title="UCDP deaths by country and month with Candidate months (low totals)",
    publisher="Uppsala Conflict Data Program; aggregated by PaCE ConflictLab",
    url="https://github.com/conflictlab/Pace-map-risk",
    licence="CC BY 4.0",
    citation="Sundberg & Melander (2013), JPR 50(4); Hegre et al. (2020), Research & Politics; modified",
    table="countries",
    cadence_days=31,
    lag_days=20,
    redistribute=True,
    format_seen="2026-11: ucdp_total_deaths_country_month_1989_2026_05_pace.parquet",
    parse=parse,
    address_seen="none of its own: put together from UCDP's events, which ucdp_ged fetches",
    columns=frozenset({"country_ne", "month", "deaths"}),
    revision=RevisionTolerance(by=0.1, share=0.1),
    codes=((("iso3",), ("country_ne",)),),
)
