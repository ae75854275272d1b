"""Attacks along the supply corridors of each capital, by month, corridor and compass sector."""

from functools import cache

import duckdb
import pandas as pd
import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, MONTH_START, SOURCE, TEXT
from data.geometry import RING_EDGES_KM, SECTORS
from data.reference_tables import read_corridors
from data.tables.shared.layout import pivot
from data.tables.shared.placed_events import NEAR_SEGMENT_SQL, events_table, run
from data.tables.shared.table import PanelTable

MAX_CORRIDORS = 12
"""Corridors of a capital with columns of their own, in the order of their names."""

CONTRACT = columns.table(
    "corridors",
    {
        "iso3": ISO3,
        "corridor": pa.Column(TEXT),
        "month": MONTH_START,
        "sector": pa.Column("int8", pa.Check.in_range(0, SECTORS - 1)),
        "source": SOURCE,
        **dict.fromkeys(("events_5km", "deaths_5km", "events_25km", "deaths_25km", "nearest_km"), COUNT),
        "available_at": AVAILABLE,
    },
    unique=["iso3", "corridor", "month", "sector", "source"],
)
"""Events 25 to 325 km out within 5 and 25 km of the line; `nearest_km` is the least distance of one to the capital."""

_SQL = f"""{NEAR_SEGMENT_SQL}, touched as (
    select iso3, corridor, source, month, event_id, any_value(sector) as sector, any_value(deaths) as deaths,
           any_value(km) as km, min(off_km) as off_km, max(available_at) as available_at
    from near_segment where off_km < 25 group by iso3, corridor, source, month, event_id
)
select iso3, corridor, month, cast(sector as tinyint) as sector, source,
       cast(count(*) filter (where off_km < 5) as double) as events_5km,
       coalesce(sum(deaths) filter (where off_km < 5), 0) as deaths_5km,
       cast(count(*) as double) as events_25km, sum(deaths) as deaths_25km, min(km) as nearest_km,
       max(available_at) as available_at
from touched group by all order by all
"""


def count_along_corridors(placed: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Count placed events along each corridor; one near two corridors counts for each."""
    return run(placed, _SQL, CONTRACT)


@cache
def _slots() -> dict[str, int]:
    """Return the place of each corridor among its capital's, in the order of their names."""
    ordered = read_corridors().sort_values("corridor")
    return dict(zip(ordered["corridor"], ordered.groupby("iso3").cumcount(), strict=True))


def by_corridor(table: pd.DataFrame) -> pd.DataFrame:
    """Return events in one column for each corridor, and how far inside the outermost ring the nearest one was, in km."""
    number = table["corridor"].map(_slots())
    used = table[number < MAX_CORRIDORS].assign(closeness_km=RING_EDGES_KM[-1] - table["nearest_km"])
    per_slot = pivot(
        used,
        "c" + number[number < MAX_CORRIDORS].astype(int).astype(str),
        {"events_5km": "events_5km", "events_25km": "events_25km"},
        [f"c{slot}" for slot in range(MAX_CORRIDORS)],
    )
    closest = used.groupby(["iso3", "month"], as_index=False)["closeness_km"].max()
    return per_slot.merge(closest, on=["iso3", "month"], how="left")


TABLE = PanelTable(
    name="corridors",
    label="attacks on the supply corridors",
    reductions={"events": events_table("corridors", count_along_corridors)},
    contract=CONTRACT,
    columns=by_corridor,
    census_of="events",
)
