"""UCDP events counted by first-level district and month, as repacked from GED 25.1.

Rows without a district are not in it, so totals are far too low where UCDP places big events no closer than
the country (Azerbaijan, Ethiopia, Russia); a district's name may be spelt in several ways over the years.
"""

from data.sources.shared.countries import iso3_of
from data.sources.shared.coverage import full_span
from data.sources.shared.reading import read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Parsed, Source

_COUNTS = {"n_sb": "events_state", "n_ns": "events_nonstate", "n_os": "events_onesided", "deaths": "deaths"}


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per country, district and month that has events."""
    rows = SourceRows(
        read_table(raw, filename, required=("country", "adm_1", "month", *_COUNTS), optional=("iso3",)),
        filename,
    )
    rows.country(iso3_of(name=rows["country"], iso3=rows.frame.get("iso3")), rows["country"])
    rows.text("adm_1")
    rows["district"] = rows["adm_1"]
    rows.date("month", into="month")
    for column, name in _COUNTS.items():
        rows.number(column, minimum=0)
        rows[name] = rows[column]
    rows.unique(["iso3", "month", "district"])
    return rows.parsed(SOURCE, coverage=full_span(rows["iso3"], rows["month"]))


SOURCE = Source(
    name="ucdp_district_month",
    title="UCDP events by district and month",
    publisher="Uppsala Conflict Data Program; aggregated by J. Suryavanshi",
    url="https://ucdp.uu.se/downloads/",
    licence="CC BY 4.0",
    citation="Sundberg & Melander (2013), JPR 50(4); Davies et al. (2025), JPR 62(4); modified",
    table="districts",
    cadence_days=365,
    lag_days=20,
    redistribute=True,
    format_seen="2026-11: ucdp_adm1_month_2010_2024.parquet",
    parse=parse,
    address_seen="none of its own: put together from UCDP's events, which ucdp_ged fetches",
    columns=frozenset({"country", "adm_1", "month", "n_sb", "n_ns", "n_os"}),
)
