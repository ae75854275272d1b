"""Events, days and deaths near the seat of government in force, by month and radius: the fighting rule's input."""

import duckdb
import pandas as pd
import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, MONTH_START, SOURCE
from data.geometry import DISTRICT_PLACE, NEAR_RADII_KM, PRECISE_PLACE
from data.tables.shared.layout import pivot
from data.tables.shared.placed_events import events_table, run
from data.tables.shared.table import PanelTable

_PLACED = ("events", "days", "deaths", "deaths_largest_event")
_OR_DISTRICT = ("events_or_district", "days_or_district", "deaths_or_district")

CONTRACT = columns.table(
    "near",
    {
        "iso3": ISO3,
        "month": MONTH_START,
        "available_at": AVAILABLE,
        "source": SOURCE,
        "radius_km": pa.Column("int8"),
        **dict.fromkeys((*_PLACED, *_OR_DISTRICT), COUNT),
    },
    unique=["iso3", "month", "radius_km", "source"],
)
"""`_or_district` counts events placed to the seat's own district as well."""

_RADII = " union all ".join(f"select {radius} as radius_km" for radius in NEAR_RADII_KM)
_SQL = f"""
with close as (
    select iso3, month, date, source, deaths, km, true as placed, available_at from placed where not abroad
    union all
    select e.iso3, e.month, e.date, e.source, e.deaths, 0, false, e.available_at
    from raw_events e join cores c
      on c.iso3 = e.iso3 and c.district = e.district and e.month >= c.seat_from and e.month <= c.seat_to
    where e.where_prec > {PRECISE_PLACE} and e.where_prec <= {DISTRICT_PLACE}
)
select iso3, month, cast(radius_km as tinyint) as radius_km, source,
       cast(count(*) filter (where placed) as double) as events,
       cast(count(distinct date) filter (where placed) as double) as days,
       coalesce(sum(deaths) filter (where placed), 0) as deaths,
       coalesce(max(deaths) filter (where placed), 0) as deaths_largest_event,
       cast(count(*) as double) as events_or_district, cast(count(distinct date) as double) as days_or_district,
       sum(deaths) as deaths_or_district, max(available_at) as available_at
from close join ({_RADII}) on km < radius_km group by all order by all
"""


def count_near(placed: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Count placed events within each radius, and with them those known to lie in the seat's own district."""
    return run(placed, _SQL, CONTRACT)


def by_radius(table: pd.DataFrame) -> pd.DataFrame:
    """Return every count in one column for each radius."""
    measures = {name: name for name in (*_PLACED, *_OR_DISTRICT)}
    return pivot(table, table["radius_km"].astype(str) + "km", measures, [f"{km}km" for km in NEAR_RADII_KM])


TABLE = PanelTable(
    name="near",
    label="events, days and deaths near the seat of government",
    reductions={"events": events_table("near", count_near)},
    contract=CONTRACT,
    columns=by_radius,
    census_of="events",
)
