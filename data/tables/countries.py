"""Deaths and events by country and month: UCDP's yearly table, its monthly totals, and what is counted from events."""

import pandas as pd

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, COUNT_OR_NAN, ISO3, MONTH_START, SOURCE
from data.geometry import MONTHLY_DATE
from data.grid import NEVER, Cube, Grid
from data.tables.rows.events import VIOLENCE
from data.tables.shared.layout import census
from data.tables.shared.recent_rows import recent_rows
from data.tables.shared.spans import inside, whole_span
from data.tables.shared.table import Ingested, PanelTable, RowTable, Tables

EVENTS, YEARLY = "ucdp_ged", "ucdp_country_month"
"""Sources of `countries`: counted here from events as they come, and UCDP's own table from the yearly release."""

ROWS = RowTable(
    columns.table(
        "countries",
        {
            "source": SOURCE,
            "iso3": ISO3,
            "month": MONTH_START,
            "events_state": COUNT_OR_NAN,
            "events_nonstate": COUNT_OR_NAN,
            "events_onesided": COUNT_OR_NAN,
            "deaths": COUNT,
            "available_at": AVAILABLE,
        },
        unique=["source", "iso3", "month"],
    ),
    measure="deaths",
)


def count_by_country(ingested: Ingested) -> Tables:
    """Count deaths and events by country and month where a source lists every event.

    Files of well-placed events alone give no precision of dates (date_prec), and their spans are left out. Events whose date is known only to the year (date_prec 5) count in no month.

    Args:
        ingested: rows of the `events` table and their spans.

    Returns:
        `countries`, and under `coverage` the spans in which they are a census; empty where no span lists every event.
    """
    events, coverage = ingested.rows, ingested.coverage
    spans = coverage[coverage["table"] == "events"]
    whole = spans.loc[[i for i in spans.index if events.loc[inside(events, spans.loc[[i]]), "date_prec"].notna().all()]]
    listed = events[inside(events, whole) & (events["date_prec"] <= MONTHLY_DATE)]
    if listed.empty:
        return {}
    month = listed["date"].dt.to_period("M").dt.to_timestamp().astype("datetime64[us]")
    kinds = {f"events_{kind}": (listed["violence"] == kind).astype("float64") for kind in VIOLENCE}
    grouped = listed.assign(month=month, **kinds).groupby(["source", "iso3", "month"], as_index=False)
    counts = grouped.agg(
        dict.fromkeys(kinds, "sum") | {"deaths": "sum", "available_at": "max"},
    )
    return {"countries": counts, "coverage": whole.assign(table="countries")}


def without_superseded(countries: pd.DataFrame, coverage: pd.DataFrame) -> Tables:
    """Return `countries` and its coverage without counts of events that the yearly table has superseded.

    A Candidate month gives way to the yearly release, and an old file of events to a newer table: the one that reaches
    further is the later one.
    """
    yearly = countries.loc[countries["source"] == YEARLY, "month"].max()
    mine = (coverage["table"] == "countries") & (coverage["source"] == EVENTS)
    later = mine & ~(coverage["last"] <= yearly)
    current = (countries["source"] != EVENTS) | inside(countries, coverage[later])
    return {"countries": countries[current], "coverage": coverage[~mine | later]}


def lay_countries(grid: Grid, table: pd.DataFrame, coverage: pd.DataFrame) -> Cube:
    """Lay countries on the grid, each cell from the fullest source; totals without long events fill only what is left.

    UCDP is a census of the world: a country that a month's file does not list had no deaths. What is counted from events
    is one where `coverage` says so, and is newer than the yearly table.

    Args:
        grid: units and months.
        table: the compiled table, of all sources.
        coverage: spans of every source and table.

    Returns:
        Cube (units, months, columns); `totals_only` is 1 where deaths are the monthly totals and events are unknown.
    """
    names = ["iso3", "month", "available_at", "deaths", *(f"events_{kind}" for kind in VIOLENCE)]
    full = {source: table["source"] == source for source in (YEARLY, EVENTS)}
    layers = {"totals": ~(full[YEARLY] | full[EVENTS])} | full
    parts = []
    for source, rows in ((source, table[of_source]) for source, of_source in layers.items() if of_source.any()):
        spans = _spans(coverage) if source == EVENTS else whole_span(rows, "countries")
        parts.append(census(grid, rows[names].assign(totals_only=float(source not in full)), spans))
    cube = parts[0]
    for better in parts[1:]:
        known = better.visible != NEVER
        cube.values[known], cube.visible[known] = better.values[known], better.visible[known]
    return cube


def _spans(coverage: pd.DataFrame) -> pd.DataFrame:
    """Return the spans in which the counts of events are a census."""
    return coverage[(coverage["source"] == EVENTS) & (coverage["table"] == "countries")]


TABLE = PanelTable(
    name="countries",
    label="events in the country",
    reductions={"countries": recent_rows("countries"), "events": count_by_country},
    contract=ROWS.contract,
    cube=lay_countries,
    supersede=without_superseded,
    evidence="violence",
    needed_by=("fighting", "strangulation"),
    names_vintage=True,
)
