"""Events around one seat of government at 12 N 8 W, placed by pyproj's geodesic."""

from typing import NamedTuple

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from data import geometry
from data.geometry import REST, UNPLACED
from data.tables.corridors import count_along_corridors
from data.tables.near import count_near
from data.tables.rings import count_by_ring
from data.tables.roads import count_along_roads
from data.tables.shared.placed_events import place

GEOD = Geod(ellps="WGS84")
SEAT = (12.0, -8.0)
MARCH = pd.Timestamp("2024-03-01")


def at(km: float, bearing: float, seat: tuple[float, float] = SEAT) -> tuple[float, float]:
    lon, lat, _ = GEOD.fwd(seat[1], seat[0], bearing, km * 1000)
    return lat, lon


def seats(*rows: tuple[str, float, float, str, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(
        rows or [("MLI", *SEAT, "1989-01-01", None)],
        columns=["iso3", "latitude", "longitude", "seat_from", "seat_to"],
    )
    return frame.assign(seat_from=pd.to_datetime(frame["seat_from"]), seat_to=pd.to_datetime(frame["seat_to"]))


def corridors(*rows: tuple[str, str, str]) -> pd.DataFrame:
    # Mali's one road of these tests runs due east along the seat's parallel.
    return pd.DataFrame(
        rows or [("MLI", "mli-east", "LINESTRING (-4 12, -8 12)")], columns=["iso3", "corridor", "wkt"]
    ).assign(mode="road")


def districts(*rows: tuple[str, str, str, str, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(
        rows or [("MLI", "core", "Own district", "1989-01-01", None), ("MLI", "ring", "Outer", "1989-01-01", None)],
        columns=["iso3", "role", "district", "seat_from", "seat_to"],
    )
    return frame.assign(seat_from=pd.to_datetime(frame["seat_from"]), seat_to=pd.to_datetime(frame["seat_to"]))


def event(place: tuple[float, float], **changes: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "source": "ucdp_ged",
        "iso3": "MLI",
        "date": "2024-03-05",
        "latitude": place[0],
        "longitude": place[1],
        "violence": "state",
        "deaths": 1.0,
        "where_prec": 1.0,
        "date_prec": 1.0,
        "district": "Bamako",
        "available_at": "2024-04-21",
    }
    return usual | changes


class Counts(NamedTuple):
    """The four tables counted from one set of events."""

    rings: pd.DataFrame
    near: pd.DataFrame
    corridors: pd.DataFrame
    roads: pd.DataFrame


def reduced(
    *events: dict[str, object],
    at_seats: pd.DataFrame | None = None,
    along: pd.DataFrame | None = None,
    inside: pd.DataFrame | None = None,
) -> Counts:
    frame = pd.DataFrame(events).assign(event_id=[str(number) for number in range(len(events))])
    for column in ("date", "available_at"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    placed = place(
        frame,
        seats() if at_seats is None else at_seats,
        corridors() if along is None else along,
        districts() if inside is None else inside,
    )
    return Counts(count_by_ring(placed), count_near(placed), count_along_corridors(placed), count_along_roads(placed))


def ring_and_sector(found: Counts) -> list[tuple[int, int]]:
    return [(int(row.ring), int(row.sector)) for row in found.rings.itertuples()]


@pytest.mark.parametrize(
    ("km", "ring"),
    [(1, 0), (9.9, 0), (10.1, 1), (24.8, 1), (25.2, 2), (49.7, 2), (50.3, 3), (99, 3), (101, 4), (199, 4), (201, 5)],
)
def test_an_event_falls_in_the_ring_of_its_distance(km: float, ring: int) -> None:
    assert ring_and_sector(reduced(event(at(km, 10)))) == [(ring, 0)]


@pytest.mark.parametrize(("km", "bearing"), [(328, 0), (328, 90), (600, 45)])
def test_beyond_the_last_edge_lies_the_rest_of_the_country_without_a_sector(km: float, bearing: float) -> None:
    assert ring_and_sector(reduced(event(at(km, bearing)))) == [(REST, -1)]


@pytest.mark.parametrize(
    ("bearing", "sector"),
    [(0, 0), (22, 0), (23, 1), (45, 1), (90, 2), (135, 3), (180, 4), (225, 5), (270, 6), (315, 7), (337, 7), (338, 0)],
)
def test_sectors_of_45_degrees_are_counted_clockwise_from_north(bearing: float, sector: int) -> None:
    assert ring_and_sector(reduced(event(at(60, bearing)))) == [(3, sector)]


def test_what_is_alike_is_added_up_and_kinds_are_kept_apart() -> None:
    near = at(5, 0)
    found = reduced(
        event(near, deaths=3.0, available_at="2024-04-21"),
        event(near, deaths=4.0, available_at="2024-06-02"),
        event(near, deaths=9.0, violence="onesided"),
    ).rings.set_index("violence")
    # 3 + 4 deaths in two state-based events, known when the later one is
    assert found.loc["state", ["events", "deaths"]].tolist() == [2.0, 7.0]
    assert found.loc["state", "available_at"] == pd.Timestamp("2024-06-02")
    assert found.loc["onesided", ["events", "deaths"]].tolist() == [1.0, 9.0]
    assert set(found["month"]) == {MARCH}


def test_events_across_the_border_count_apart_and_only_within_325_km() -> None:
    found = reduced(event(at(60, 180), iso3="GIN"), event(at(400, 90), iso3="BFA"), event(at(60, 180)))
    table = found.rings.sort_values("abroad")
    assert table[["abroad", "ring", "events"]].to_numpy().tolist() == [[False, 3, 1.0], [True, 3, 1.0]]
    assert found.near.empty


@pytest.mark.parametrize("where_prec", [3.0, 5.0, 7.0, None])
def test_a_place_known_to_a_district_or_worse_is_in_the_country_but_unplaced(where_prec: float | None) -> None:
    found = reduced(event(at(5, 0), where_prec=where_prec))
    assert ring_and_sector(found) == [(UNPLACED, -1)]
    assert found.near.empty
    assert found.corridors.empty


def test_a_date_known_only_to_the_year_is_left_out_and_one_unknown_is_kept() -> None:
    near = at(5, 0)
    found = reduced(event(near, date_prec=5.0), event(near, date_prec=4.0), event(near, date_prec=None))
    assert found.rings["events"].tolist() == [2.0]


def test_a_government_that_moved_is_looked_for_at_its_seat_of_the_month() -> None:
    north = at(300, 0)
    moved = seats(("MLI", *SEAT, "1989-01-01", "2024-03-01"), ("MLI", *north, "2024-04-01", None))
    found = reduced(event(SEAT, date="2024-03-31"), event(SEAT, date="2024-04-01"), at_seats=moved)
    # at the old seat in March; 300 km south of the new one in April
    assert ring_and_sector(found) == [(0, 0), (5, 4)]


def test_before_the_first_seat_of_a_state_nothing_is_placed() -> None:
    young = seats(("MLI", *SEAT, "2024-04-01", None))
    assert reduced(event(SEAT), at_seats=young).rings.empty


def test_the_near_table_counts_distinct_days_and_the_deadliest_event_by_radius() -> None:
    found = reduced(
        event(at(5, 0), date="2024-03-05", deaths=10.0),
        event(at(5, 0), date="2024-03-05", deaths=8.0),
        event(at(20, 0), date="2024-03-06", deaths=12.0),
        event(at(40, 0), date="2024-03-07", deaths=1.0),
    ).near.set_index("radius_km")
    columns = ["events", "days", "deaths", "deaths_largest_event"]
    assert found.loc[10, columns].tolist() == [2.0, 1.0, 18.0, 10.0]
    assert found.loc[25, columns].tolist() == [3.0, 2.0, 30.0, 12.0]  # 10 + 8 + 12 on two days
    assert found.loc[50, columns].tolist() == [4.0, 3.0, 31.0, 12.0]


WITH_DISTRICT = ["events_or_district", "days_or_district", "deaths_or_district"]


def test_events_of_the_capitals_own_district_are_counted_beside_those_placed_near() -> None:
    found = reduced(
        event(at(20, 0), date="2024-03-05", deaths=10.0),
        event(at(300, 0), date="2024-03-05", deaths=8.0, where_prec=3.0, district="Own district"),
        event(at(300, 0), date="2024-03-06", deaths=7.0, where_prec=4.0, district="Own district"),
        event(at(5, 0), date="2024-03-07", deaths=90.0, where_prec=4.0, district="Outer"),
        event(at(5, 0), date="2024-03-08", deaths=90.0, where_prec=5.0, district="Own district"),
        event(at(300, 0), date="2024-03-09", deaths=90.0, district="Own district"),  # placed, and far out
    ).near.set_index("radius_km")
    assert found.loc[25, ["events", "days", "deaths"]].tolist() == [1.0, 1.0, 10.0]
    assert found.loc[25, WITH_DISTRICT].tolist() == [3.0, 2.0, 25.0]
    assert found.loc[10, ["events", "days", "deaths", *WITH_DISTRICT]].tolist() == [0.0, 0.0, 0.0, 2.0, 2.0, 15.0]


def test_a_district_is_the_capitals_own_while_the_seat_is_in_it() -> None:
    moved = districts(("MLI", "core", "Old", "1989-01-01", "2024-03-01"), ("MLI", "core", "New", "2024-04-01", None))
    places = [
        ("Old", "2024-03-31", 1.0),
        ("New", "2024-03-31", 2.0),
        ("Old", "2024-04-01", 4.0),
        ("New", "2024-04-01", 8.0),
    ]
    rows = [event(SEAT, where_prec=4.0, district=d, date=day, deaths=deaths) for d, day, deaths in places]
    found = reduced(*rows, inside=moved).near
    by_month = found[found["radius_km"] == 25].set_index("month")["deaths_or_district"]
    assert by_month.to_dict() == {MARCH: 1.0, pd.Timestamp("2024-04-01"): 8.0}


# A degree of latitude is 111.195 km on the sphere: 0.03 is 3.3 km off the road, 0.1 is 11.1 km, 0.3 is 33.4 km.
@pytest.mark.parametrize(("off", "within_5km", "within_25km"), [(0.03, 1.0, 1.0), (0.1, 0.0, 1.0), (0.3, None, None)])
def test_an_event_counts_along_a_corridor_within_5_and_25_km(
    off: float, within_5km: float | None, within_25km: float | None
) -> None:
    found = reduced(event((12 + off, -6.5), deaths=7.0)).corridors  # 1.5 degrees east: 163 km out
    if within_25km is None:
        assert found.empty
    else:
        assert found[["events_5km", "events_25km"]].to_numpy().tolist() == [[within_5km, within_25km]]
        assert found[["deaths_5km", "deaths_25km"]].to_numpy().tolist() == [[7.0 * (within_5km or 0.0), 7.0]]
        assert found["nearest_km"].item() == pytest.approx(163, abs=2)
        assert found["sector"].item() == 2


@pytest.mark.parametrize(("km", "counted"), [(24, False), (26, True), (322, True), (328, False)])
def test_corridors_are_watched_from_25_to_325_km_out(km: float, counted: bool) -> None:
    assert len(reduced(event(at(km, 90))).corridors) == counted


def test_an_attack_beyond_the_end_of_the_line_is_measured_to_its_last_point() -> None:
    short = corridors(("MLI", "mli-short", "LINESTRING (-7 12, -8 12)"))
    # 0.03 degrees east of its end is 3.3 km; 0.1 is 10.9 km
    found = reduced(event((12.0, -6.97)), event((12.0, -6.9)), along=short).corridors
    assert found[["events_5km", "events_25km"]].to_numpy().tolist() == [[1.0, 2.0]]


def test_an_attack_near_a_bend_counts_once_and_one_on_two_roads_counts_for_each() -> None:
    roads = corridors(
        ("MLI", "mli-bent", "LINESTRING (-6.5 12.5, -6.5 12, -8 12)"),
        ("MLI", "mli-straight", "LINESTRING (-4 12, -8 12)"),
    )
    found = reduced(event((12.0, -6.5)), along=roads).corridors
    assert found[["corridor", "events_5km"]].to_numpy().tolist() == [["mli-bent", 1.0], ["mli-straight", 1.0]]


@pytest.mark.parametrize(("off", "counted"), [(0.03, True), (0.1, False)])
def test_attacks_within_5_km_of_a_trunk_road_are_counted_by_sector(off: float, counted: bool) -> None:
    found = reduced(event((12 + off, -6.5)), event((12 + off, -6.4))).roads
    assert found[["iso3", "month", "sector", "events"]].to_numpy().tolist() == [["MLI", MARCH, 2, 2.0]] * counted


def test_an_attack_on_two_roads_is_one_attack_on_the_roads_and_rails_are_none() -> None:
    lines = corridors(
        ("MLI", "mli-straight", "LINESTRING (-4 12, -8 12)"),
        ("MLI", "mli-bent", "LINESTRING (-6.5 12.5, -6.5 12, -8 12)"),
    )
    rail = corridors(("MLI", "mli-rail", "LINESTRING (-4 12, -8 12)")).assign(mode="rail")
    assert reduced(event((12.0, -6.5)), along=lines).roads["events"].tolist() == [1.0]
    assert reduced(event((12.0, -6.5)), along=rail).roads.empty


def test_roads_lead_to_the_seat_of_the_month() -> None:
    # 163 km east of the first seat; 11 km from the second, where fighting is not interdiction
    moved = seats(("MLI", *SEAT, "1989-01-01", "2024-03-01"), ("MLI", 12.0, -6.4, "2024-04-01", None))
    found = reduced(event((12.0, -6.5), date="2024-03-31"), event((12.0, -6.5), date="2024-04-01"), at_seats=moved)
    assert found.roads["month"].tolist() == [MARCH]
    assert found.near["month"].unique().tolist() == [pd.Timestamp("2024-04-01")]


def test_a_road_through_the_neighbour_is_watched_there_too() -> None:
    found = reduced(event((12.0, -6.5), iso3="BFA")).corridors
    assert found[["iso3", "events_5km"]].to_numpy().tolist() == [["MLI", 1.0]]


latitudes, bearings = st.floats(-60, 70), st.floats(0, 360)


@settings(max_examples=15, deadline=None)
@given(latitudes, st.floats(-150, 150), st.lists(st.tuples(st.floats(27, 322), bearings), min_size=1, max_size=8))
def test_distances_agree_with_the_geodesic_within_six_in_a_thousand(
    latitude: float, longitude: float, places: list[tuple[float, float]]
) -> None:
    seat = (latitude, longitude)
    points = [at(km, bearing, seat) for km, bearing in places]
    roads = [
        ("MLI", f"mli-{n}", f"LINESTRING ({lon} {lat}, {lon + 1e-4} {lat})") for n, (lat, lon) in enumerate(points)
    ]
    found = reduced(
        *(event(point, date=f"2024-{n + 1:02d}-05") for n, point in enumerate(points)),
        at_seats=seats(("MLI", *seat, "1989-01-01", None)),
        along=corridors(*roads),
    ).corridors.set_index(["corridor", "month"])["nearest_km"]
    for n, (km, _) in enumerate(places):
        assert found[f"mli-{n}", pd.Timestamp(2024, n + 1, 1)] == pytest.approx(km, rel=0.006)


own_events = st.lists(
    st.tuples(st.floats(0, 900), bearings, st.sampled_from([1.0, 2.0, 3.0, 6.0, None]), st.integers(0, 50)),
    min_size=1,
    max_size=30,
)


@settings(max_examples=15, deadline=None)
@given(own_events)
def test_every_event_of_the_country_is_in_a_ring_in_the_rest_or_unplaced(
    drawn: list[tuple[float, float, float | None, int]],
) -> None:
    events = [event(at(km, bearing), where_prec=prec, deaths=float(deaths)) for km, bearing, prec, deaths in drawn]
    table = reduced(*events).rings
    by_ring = table.groupby("ring")["events"].sum()
    unplaced = sum(prec is None or prec > geometry.PRECISE_PLACE for _, _, prec, _ in drawn)
    assert by_ring.sum() == len(drawn)
    assert by_ring.get(UNPLACED, 0.0) == unplaced
    assert table["deaths"].sum() == sum(deaths for _, _, _, deaths in drawn)
    assert set(table.loc[table["ring"] < REST, "sector"]) <= set(range(geometry.SECTORS))
    assert set(table.loc[table["ring"] >= REST, "sector"]) <= {-1}
