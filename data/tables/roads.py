"""Attacks along the trunk roads to the capital by month and compass sector: an input of the strangulation rule."""

import duckdb
import pandas as pd
import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, MONTH_START, SOURCE
from data.geometry import ROAD_KM, SECTORS, TRUNK
from data.tables.shared.layout import pivot
from data.tables.shared.placed_events import NEAR_SEGMENT_SQL, events_table, run
from data.tables.shared.table import PanelTable

CONTRACT = columns.table(
    "roads",
    {
        "iso3": ISO3,
        "month": MONTH_START,
        "available_at": AVAILABLE,
        "source": SOURCE,
        "sector": pa.Column("int8", pa.Check.in_range(0, SECTORS - 1)),
        "events": COUNT,
    },
    unique=["iso3", "month", "sector", "source"],
)
"""An event near several roads counts once."""

_SQL = f"""{NEAR_SEGMENT_SQL}
select iso3, month, cast(sector as tinyint) as sector, source, cast(count(distinct event_id) as double) as events,
       max(available_at) as available_at
from near_segment where off_km < {ROAD_KM} and mode = '{TRUNK}' group by all order by all
"""


def count_along_roads(placed: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Count placed events within `ROAD_KM` of any trunk road, 25 to 325 km out."""
    return run(placed, _SQL, CONTRACT)


def by_sector(table: pd.DataFrame) -> pd.DataFrame:
    """Return events in one column for each sector."""
    sectors = [f"s{s}" for s in range(SECTORS)]
    return pivot(table, "s" + table["sector"].astype(str), {"events": "events"}, sectors)


TABLE = PanelTable(
    name="roads",
    label="attacks on the trunk roads",
    reductions={"events": events_table("roads", count_along_roads)},
    contract=CONTRACT,
    columns=by_sector,
    census_of="events",
)
