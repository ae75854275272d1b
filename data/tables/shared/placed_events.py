"""Events placed by distance and direction from the seat of government in force: the one place where data is large.

Every table of events is an SQL query on what `place` opens: `placed` (events with `km` and `sector` from each seat),
`raw_events`, `segments` (of the corridor lines) and `cores` (the seats' own districts).
"""

from collections.abc import Callable
from itertools import pairwise

import duckdb
import numpy as np
import pandas as pd
import pandera.pandas as pa
import shapely

from data.contracts.columns import dtypes
from data.geometry import MONTHLY_DATE, PRECISE_PLACE, RING_EDGES_KM, SECTORS, great_circle_sql
from data.reference_tables import read_capitals, read_corridors, read_districts
from data.tables.shared.table import Ingested, Reduction, Tables

REACH_KM = RING_EDGES_KM[-1]
"""Distance up to which events across the border and along corridors count."""
_CELL_DEGREES = 0.5
_NEVER = pd.Timestamp("2262-01-01")


def place(
    events: pd.DataFrame, seats: pd.DataFrame, corridors: pd.DataFrame, districts: pd.DataFrame
) -> duckdb.DuckDBPyConnection:
    """Open a database of events placed around each seat of government.

    Args:
        events: rows of the `events` table; those dated to the year only (date_prec 5) are left out, as they would all
            fall on one month.
        seats: spells of seats (`read_capitals`), coordinates in degrees.
        corridors: supply corridors (`read_corridors`), lines as WKT with longitude first.
        districts: districts of the capitals (`read_districts`).

    Returns:
        A connection that holds `placed`, `raw_events`, `segments` and `cores`; it closes with its last reference.
    """
    engine = duckdb.connect()
    engine.execute("set enable_progress_bar = false")  # it would be drawn on standard output, among the JSON
    engine.register("raw_events", _monthly(events))
    engine.register("seats", _spells(seats))
    engine.register("segments", _segments(corridors))
    engine.register("cores", _cores(districts))
    engine.execute(_PLACED_SQL)
    return engine


def run(placed: duckdb.DuckDBPyConnection, sql: str, contract: pa.DataFrameSchema) -> pd.DataFrame:
    """Return the rows of a query in the types of their contract, which an empty result would not have."""
    return placed.execute(sql).df().astype(dtypes(contract))


def events_table(name: str, count: Callable[[duckdb.DuckDBPyConnection], pd.DataFrame]) -> Reduction:
    """Return the reduction of events to one table; all such tables are counted from events placed once."""

    def reduce(ingested: Ingested) -> Tables:
        return {name: count(ingested.shared(_place_around_capitals))}

    return reduce


def _place_around_capitals(events: pd.DataFrame) -> duckdb.DuckDBPyConnection:
    return place(events, read_capitals(), read_corridors(), read_districts())


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
    """Return every straight segment of the corridor lines once for each half-degree cell near it."""
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

_ALONG = "((e.longitude - g.lon1) * k * (g.lon2 - g.lon1) * k + (e.latitude - g.lat1) * (g.lat2 - g.lat1))"
NEAR_SEGMENT_SQL = f"""
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
    where e.km >= 25 and e.km < {REACH_KM}
)"""
"""Common table expression: placed events 25 to 325 km out with their distance `off_km` from each corridor segment near them."""
