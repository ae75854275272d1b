"""Events and deaths around the seat of government by month, distance ring, compass sector and kind of violence."""

import duckdb
import pandas as pd
import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, MONTH_START, SOURCE, TEXT
from data.geometry import PRECISE_PLACE, REST, RING_EDGES_KM, SECTORS, UNPLACED
from data.tables.rows.events import VIOLENCE
from data.tables.shared.layout import pivot
from data.tables.shared.placed_events import REACH_KM, events_table, run
from data.tables.shared.table import PanelTable

CLOSE_RINGS = 3
"""Innermost rings counted by kind of violence: 100 km."""
SECTOR_FROM_RING, SECTOR_TO_RING = 1, 5
"""Rings counted by compass sector: 10 km to 200 km, beyond the city and within a day's drive."""

CONTRACT = columns.table(
    "rings",
    {
        "iso3": ISO3,
        "month": MONTH_START,
        "ring": pa.Column("int8", pa.Check.in_range(0, UNPLACED)),
        "sector": pa.Column("int8", pa.Check.in_range(-1, SECTORS - 1)),
        "violence": pa.Column(TEXT, pa.Check.isin(VIOLENCE)),
        "abroad": pa.Column(bool),
        "source": SOURCE,
        "events": COUNT,
        "deaths": COUNT,
        "available_at": AVAILABLE,
    },
    unique=["iso3", "month", "ring", "sector", "violence", "abroad", "source"],
)
"""`sector` is -1 beyond the last ring and where the place is not known; `abroad` are events across the border."""

_RING = (
    "case "
    + " ".join(f"when km < {edge} then {ring}" for ring, edge in enumerate(RING_EDGES_KM[1:]))
    + f" else {REST} end"
)
_SQL = f"""
with ringed as (
    select iso3, month, {_RING} as ring, case when km < {REACH_KM} then sector else -1 end as sector,
           violence, abroad, source, deaths, available_at
    from placed where km < {REACH_KM} or not abroad
    union all
    select iso3, month, {UNPLACED}, -1, violence, false, source, deaths, available_at
    from raw_events where where_prec is null or where_prec > {PRECISE_PLACE}
)
select iso3, month, cast(ring as tinyint) as ring, cast(sector as tinyint) as sector, violence, abroad, source,
       cast(count(*) as double) as events, sum(deaths) as deaths, max(available_at) as available_at
from ringed group by all order by all
"""


def count_by_ring(placed: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Count placed events by month, ring, sector, kind of violence and side of the border."""
    return run(placed, _SQL, CONTRACT)


def by_ring_and_sector(table: pd.DataFrame) -> pd.DataFrame:
    """Return events and deaths by ring, by kind of violence within 100 km, and events by sector between 10 and 200 km."""
    measures = {"events": "events", "deaths": "deaths"}
    by_ring = pivot(table, "r" + table["ring"].astype(str), measures, [f"r{r}" for r in range(UNPLACED + 1)])
    close = table[table["ring"] <= CLOSE_RINGS]
    by_kind = pivot(close, close["violence"] + "_100km", measures, [f"{v}_100km" for v in VIOLENCE])
    ranged = table[(table["ring"] >= SECTOR_FROM_RING) & (table["ring"] < SECTOR_TO_RING)]
    sectors = [f"s{s}" for s in range(SECTORS)]
    by_sector = pivot(ranged, "s" + ranged["sector"].astype(str), {"events": "events"}, sectors)
    keys = ["iso3", "month"]
    joined = by_ring.merge(by_kind.drop(columns="available_at"), on=keys, how="left")
    return joined.merge(by_sector.drop(columns="available_at"), on=keys, how="left").fillna(0.0)


TABLE = PanelTable(
    name="rings",
    label="distance and direction of events from the capital",
    reductions={"events": events_table("rings", count_by_ring)},
    contract=CONTRACT,
    columns=by_ring_and_sector,
    census_of="events",
    evidence="violence",
    needed_by=("fighting", "strangulation"),
    names_vintage=True,
)
