"""UCDP events and deaths by country and month, zero rows included, as repacked from GED 25.1.

Niger's rows were rebuilt from other UCDP tables where the repack had merged them into Nigeria's.
"""

from data.sources.shared.countries import iso3_of
from data.sources.shared.coverage import per_country
from data.sources.shared.reading import read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Parsed, Source

_COUNTS = {
    "ucdp_state_based_events": "events_state",
    "ucdp_non_state_events": "events_nonstate",
    "ucdp_one_sided_events": "events_onesided",
    "ucdp_fatalities_best": "deaths",
}


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per country and month."""
    rows = SourceRows(read_table(raw, filename, required=("country_iso3", "year_month", *_COUNTS)), filename)
    rows.country(iso3_of(iso3=rows["country_iso3"]), rows["country_iso3"])
    rows.date("year_month", into="month")
    for column, name in _COUNTS.items():
        rows.number(column, minimum=0)
        rows[name] = rows[column]
    rows.unique(["iso3", "month"])
    return rows.parsed(SOURCE, coverage=per_country(rows["iso3"], rows["month"]))


SOURCE = Source(
    name="ucdp_country_month",
    title="UCDP events and deaths by country and month",
    publisher="Uppsala Conflict Data Program; aggregated by A. Ansari",
    url="https://ucdp.uu.se/downloads/",
    licence="CC BY 4.0",
    citation="Sundberg & Melander (2013), JPR 50(4); Davies et al. (2025), JPR 62(4); modified",
    table="countries",
    cadence_days=365,
    lag_days=20,
    redistribute=True,
    format_seen="2026-11: ucdp_ged251_country_month_1989_2024.parquet",
    parse=parse,
    address_seen="none of its own: put together from UCDP's events, which ucdp_ged fetches",
    columns=frozenset({"country_iso3", "year_month", "ucdp_fatalities_best"}),
)
