"""Reduction of events to small monthly tables around every capital: the one place where data is large.

Everything geographic is computed from four tables: rings (distance and compass sector), near (what the fighting rule
needs, by radius), corridors (attacks along supply lines) and roads (what the strangulation rule needs, by sector).
Distances are great circles (`data.geometry`).
"""

from dataclasses import dataclass
from itertools import pairwise

import duckdb
import numpy as np
import pandas as pd
import shapely

from data.geometry import (
    DISTRICT_PLACE,
    MONTHLY_DATE,
    NEAR_RADII_KM,
    PRECISE_PLACE,
    REST,
    RING_EDGES_KM,
    ROAD_KM,
    SECTORS,
    TRUNK,
    UNPLACED,
    great_circle_sql,
)

_REACH_KM = RING_EDGES_KM[-1]
_CELL_DEGREES = 0.5
_NEVER = pd.Timestamp("2262-01-01")


@dataclass(frozen=True)
class Rings:
    """The four monthly tables made from events, each row with `available_at` and `source`."""

    rings: pd.DataFrame
    near: pd.DataFrame
    corridors: pd.DataFrame
    roads: pd.DataFrame
    """Events within `ROAD_KM` of any trunk road, 25 to 325 km out, by sector; one near several roads counts once."""


def reduce_events(events: pd.DataFrame, seats: pd.DataFrame, corridors: pd.DataFrame, districts: pd.DataFrame) -> Rings:
    """Count events and deaths by month around each seat of government and along each supply corridor.

    `events` obeys source_tables.EVENTS; `seats`, `corridors` and `districts` are read by data.reference_tables. Events
    whose date is known only to the year (date_prec 5) are left out, as they would all fall on one month.
    """
    with duckdb.connect() as engine:
        engine.execute("set enable_progress_bar = false")  # it would be drawn on standard output, among the JSON
        engine.register("raw_events", _monthly(events))
        engine.register("seats", _spells(seats))
        engine.register("segments", _segments(corridors))
        engine.register("cores", _cores(districts))
        engine.execute(_PLACED_SQL)
        return Rings(
            rings=_tidy(engine.execute(_RINGS_SQL).df()),
            near=_tidy(engine.execute(_NEAR_SQL).df()),
            corridors=_tidy(engine.execute(_CORRIDORS_SQL).df()),
            roads=_tidy(engine.execute(_ROADS_SQL).df()),
        )


def _monthly(events: pd.DataFrame) -> pd.DataFrame:
    dated = events[events["date_prec"].isna() | (events["date_prec"] <= MONTHLY_DATE)]
    return dated.assign(month=dated["date"].dt.to_period("M").dt.to_timestamp())


def _spells(seats: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "capital_iso3": seats["iso3"],
            "seat_lat": seats["latitude"],
            "seat_lon": seats["longitude"],
            "seat_from": seats["seat_from"],
            "seat_to": seats["seat_to"].fillna(_NEVER),
        }
    )


def _cores(districts: pd.DataFrame) -> pd.DataFrame:
    own = districts.loc[districts["role"] == "core", ["iso3", "district", "seat_from", "seat_to"]]
    return own.assign(seat_to=own["seat_to"].fillna(_NEVER))


def _segments(corridors: pd.DataFrame) -> pd.DataFrame:
    """Cut every corridor line into straight segments and list the half-degree cells that lie near each."""
    rows: list[tuple[str, str, str, float, float, float, float, int, int]] = []
    for iso3, corridor, mode, wkt in corridors[["iso3", "corridor", "mode", "wkt"]].itertuples(index=False):
        points = shapely.get_coordinates(shapely.from_wkt(wkt))
        for (lon1, lat1), (lon2, lat2) in pairwise(points):
            steps = int(max(abs(lon2 - lon1), abs(lat2 - lat1)) / (_CELL_DEGREES / 2)) + 2
            cells = {
                (int(np.floor(lat / _CELL_DEGREES)) + di, int(np.floor(lon / _CELL_DEGREES)) + dj)
                for lat, lon in zip(np.linspace(lat1, lat2, steps), np.linspace(lon1, lon2, steps), strict=True)
                for di in (-1, 0, 1)
                for dj in (-1, 0, 1)
            }
            rows.extend((iso3, corridor, mode, lon1, lat1, lon2, lat2, i, j) for i, j in sorted(cells))
    return pd.DataFrame(rows, columns=["iso3", "corridor", "mode", "lon1", "lat1", "lon2", "lat2", "cell_i", "cell_j"])


def _tidy(table: pd.DataFrame) -> pd.DataFrame:
    """Give columns the types of the contracts, which an empty result would not have."""
    dates = dict.fromkeys(("month", "available_at"), "datetime64[us]")
    texts = dict.fromkeys(("iso3", "source", "corridor", "violence"), "str")
    return table.astype({name: dtype for name, dtype in (dates | texts).items() if name in table})


_PLACED_SQL = f"""
create table placed as
select s.capital_iso3 as iso3, e.iso3 <> s.capital_iso3 as abroad, e.source, e.event_id, e.month, e.date, e.violence,
       e.deaths, e.latitude, e.longitude, e.available_at,
       {great_circle_sql("s.seat_lat", "s.seat_lon", "e.latitude", "e.longitude")} as km,
       cast(floor((degrees(atan2(
            sin(radians(e.longitude - s.seat_lon)) * cos(radians(e.latitude)),
            cos(radians(s.seat_lat)) * sin(radians(e.latitude))
              - sin(radians(s.seat_lat)) * cos(radians(e.latitude)) * cos(radians(e.longitude - s.seat_lon))
       )) + 382.5) / 45) as integer) % {SECTORS} as sector
from raw_events e join seats s on e.month >= s.seat_from and e.month <= s.seat_to
where e.where_prec <= {PRECISE_PLACE} and (e.iso3 = s.capital_iso3 or abs(e.latitude - s.seat_lat) < 3)
"""

_RING_CASE = (
    "case "
    + " ".join(f"when km < {edge} then {ring}" for ring, edge in enumerate(RING_EDGES_KM[1:]))
    + f" else {REST} end"
)

_RINGS_SQL = f"""
with ringed as (
    select iso3, month, {_RING_CASE} as ring, case when km < {_REACH_KM} then sector else -1 end as sector,
           violence, abroad, source, deaths, available_at
    from placed where km < {_REACH_KM} or not abroad
    union all
    select iso3, month, {UNPLACED}, -1, violence, false, source, deaths, available_at
    from raw_events where where_prec is null or where_prec > {PRECISE_PLACE}
)
select iso3, month, cast(ring as tinyint) as ring, cast(sector as tinyint) as sector, violence, abroad, source,
       cast(count(*) as double) as events, sum(deaths) as deaths, max(available_at) as available_at
from ringed group by all order by all
"""

_NEAR_RADII = " union all ".join(f"select {radius} as radius_km" for radius in NEAR_RADII_KM)
_NEAR_SQL = f"""
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
from close join ({_NEAR_RADII}) on km < radius_km group by all order by all
"""

_ALONG = "((e.longitude - g.lon1) * k * (g.lon2 - g.lon1) * k + (e.latitude - g.lat1) * (g.lat2 - g.lat1))"
_NEAR_SEGMENT = f"""
with near_segment as (
    select g.iso3, g.corridor, g.mode, e.event_id, e.source, e.month, e.deaths, e.km, e.sector, e.available_at,
           cos(radians(e.latitude)) as k, least(1, greatest(0, {_ALONG}
               / greatest(1e-12, pow((g.lon2 - g.lon1) * k, 2) + pow(g.lat2 - g.lat1, 2)))) as t,
           111.195 * sqrt(pow((e.longitude - g.lon1 - t * (g.lon2 - g.lon1)) * k, 2)
                          + pow(e.latitude - g.lat1 - t * (g.lat2 - g.lat1), 2)) as off_km
    from placed e join segments g
      on g.iso3 = e.iso3
     and g.cell_i = cast(floor(e.latitude / {_CELL_DEGREES}) as integer)
     and g.cell_j = cast(floor(e.longitude / {_CELL_DEGREES}) as integer)
    where e.km >= 25 and e.km < {_REACH_KM}
)"""
_CORRIDORS_SQL = f"""{_NEAR_SEGMENT}, touched as (
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
_ROADS_SQL = f"""{_NEAR_SEGMENT}
select iso3, month, cast(sector as tinyint) as sector, source, cast(count(distinct event_id) as double) as events,
       max(available_at) as available_at
from near_segment where off_km < {ROAD_KM} and mode = '{TRUNK}' group by all order by all
"""
