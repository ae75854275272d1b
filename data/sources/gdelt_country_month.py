"""GDELT events of conflict and protest counted by country and month, with their mean Goldstein score.

The volume of news GDELT reads grows over the years: counts are comparable within a few years only.
"""

from data.sources.shared.countries import iso3_of
from data.sources.shared.reading import read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Parsed, Source

_COUNTS = {"gdelt_conflict_event_count": "conflict_events", "gdelt_protest_event_count": "protest_events"}


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per country and month."""
    frame = read_table(raw, filename, required=("country_iso3", "year_month", *_COUNTS, "gdelt_goldstein_mean"))
    rows = SourceRows(frame, filename)
    rows.country(iso3_of(iso3=rows["country_iso3"]), rows["country_iso3"])
    rows.date("year_month", into="month")
    for column, name in _COUNTS.items():
        rows.number(column, minimum=0)
        rows[name] = rows[column]
    rows.number("gdelt_goldstein_mean", required=False)
    rows["goldstein_mean"] = rows["gdelt_goldstein_mean"]
    rows.unique(["iso3", "month"])
    return rows.parsed(SOURCE)


SOURCE = Source(
    name="gdelt_country_month",
    title="GDELT conflict and protest events by country and month",
    publisher="The GDELT Project; aggregated by A. Ansari",
    url="https://www.gdeltproject.org/",
    licence="free for any use with citation",
    citation="The GDELT Project, https://www.gdeltproject.org/; Leetaru & Schrodt (2013)",
    table="media",
    cadence_days=31,
    lag_days=0,
    redistribute=True,
    format_seen="2026-11: gdelt_country_month_1985_2024.parquet",
    parse=parse,
    address_seen="none of its own: put together from GDELT's events, which gdelt_daily and gdelt_events fetch",
    columns=frozenset({"country_iso3", "year_month", "gdelt_conflict_event_count"}),
)
