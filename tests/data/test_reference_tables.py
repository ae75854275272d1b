"""The curated tables: what they must contain, and how bad rows are refused."""

import re
from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from data import calendar
from data.catalogue import catalogue_known_to
from data.panel.panel import Panel
from data.panel.rule_agreement import episodes_found, months_confirmed
from data.reference_tables import (
    EPISODES_V1,
    FOLDER,
    read_capitals,
    read_corridors,
    read_districts,
    read_episodes,
    units,
)

GEOD = Geod(ellps="WGS84")
HEADER = "iso3,capital,start,end,kind,confidence,reason\n"
KEYS = ["iso3", "kind", "start"]

CAPITALS = read_capitals()
CORRIDORS = read_corridors()
EPISODES = read_episodes()


def episodes_file(folder: Path, *rows: str) -> Path:
    path = folder / "episodes.csv"
    path.write_text(HEADER + "".join(row + "\n" for row in rows))
    return path


def test_an_episode_that_ends_before_it_starts_is_refused_by_name(tmp_path: Path) -> None:
    path = episodes_file(tmp_path, "MLI,Bamako,2025-09,2025-08,supply,H,fuel")
    with pytest.raises(ValueError, match=r"ends before it starts: MLI supply 2025-09\.\.2025-08; swap start and end"):
        read_episodes(path)


@pytest.mark.parametrize("second", ["2025-09,2025-10", "2025-08,2025-10", "2025-07,2025-10"])
def test_two_episodes_of_one_kind_that_touch_or_overlap_are_refused_by_name(tmp_path: Path, second: str) -> None:
    path = episodes_file(
        tmp_path, "MLI,Bamako,2025-06,2025-08,supply,H,fuel", f"MLI,Bamako,{second},supply,H,more fuel"
    )
    with pytest.raises(ValueError, match=rf"MLI supply {second[:7]}\.\.2025-10 touches the episode before it; merge"):
        read_episodes(path)


@pytest.mark.parametrize(
    "second",
    ["MLI,Bamako,2025-10,2025-11,supply", "MLI,Bamako,2025-08,2025-09,siege", "NER,Niamey,2025-08,2025-09,supply"],
)
def test_a_month_between_another_kind_or_another_capital_keeps_two_episodes_apart(tmp_path: Path, second: str) -> None:
    path = episodes_file(tmp_path, "MLI,Bamako,2025-06,2025-08,supply,H,fuel", f"{second},H,more")
    assert len(read_episodes(path)) == 2


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("mali,Bamako,2025-06,2025-08,supply,H,fuel", "iso3"),
        ("MLI,Bamako,2025-06,2025-08,famine,H,hunger", "kind"),
        ("MLI,Bamako,2025-06,2025-08,supply,X,fuel", "confidence"),
        ("MLI,Bamako,June,2025-08,supply,H,fuel", "June"),
    ],
)
def test_a_row_outside_the_contract_is_refused(tmp_path: Path, row: str, complaint: str) -> None:
    with pytest.raises(Exception, match=complaint):
        read_episodes(episodes_file(tmp_path, row))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 6)), min_size=1, max_size=6))
def test_a_catalogue_is_accepted_exactly_if_its_months_with_their_next_ones_are_disjoint(
    tmp_path_factory: pytest.TempPathFactory, spells: list[tuple[int, int]]
) -> None:
    rows = [
        f"MLI,Bamako,{calendar.month_at(400 + s):%Y-%m},{calendar.month_at(400 + s + n):%Y-%m},supply,H,x"
        for s, n in spells
    ]
    months = [m for s, n in spells for m in range(s, s + n + 2)]
    path = episodes_file(tmp_path_factory.mktemp("episodes"), *rows)
    if len(months) == len(set(months)):
        assert len(read_episodes(path)) == len(spells)
    else:
        with pytest.raises(Exception, match=r"touches the episode|not unique|unique"):
            read_episodes(path)


def test_there_are_197_states_and_10_territories_each_with_one_seat_today() -> None:
    states = units()
    assert (states["status"] == "territory").sum() == 10
    assert (states["status"] != "territory").sum() == 197
    assert states["iso3"].is_unique
    assert CAPITALS[CAPITALS["seat_to"].isna()].groupby("iso3").size().eq(1).all()
    today = CAPITALS[CAPITALS["seat_to"].isna()].set_index("iso3")["capital"]
    assert states.set_index("iso3")["capital"].to_dict() == today.to_dict()


def test_seats_of_a_state_follow_each_other_without_gap_or_overlap() -> None:
    ordered = CAPITALS.sort_values(["iso3", "seat_from"])
    previous_end = ordered.groupby("iso3")["seat_to"].shift()
    first = ~ordered["iso3"].duplicated()
    moved = ordered[~first]
    assert (moved["seat_from"] == previous_end[~first] + pd.DateOffset(months=1)).all()
    assert (ordered.loc[first, "seat_from"] <= ordered.loc[first, "member_from"]).all()
    assert set(moved["iso3"]) >= {"SDN", "YEM", "NGA", "MMR"}
    assert (CAPITALS["seat_to"].dropna() >= CAPITALS.loc[CAPITALS["seat_to"].notna(), "seat_from"]).all()


def test_landlocked_is_said_of_the_state_as_it_is_now() -> None:
    landlocked = set(CAPITALS.loc[CAPITALS["landlocked"], "iso3"])
    assert len(landlocked) == 45
    assert {"MLI", "NER", "BFA", "TCD", "ETH", "SSD", "AFG", "NPL", "BOL", "CHE", "XKX"} <= landlocked
    assert not {"SEN", "CIV", "COD", "BIH", "SDN"} & landlocked


def test_every_capital_has_a_corridor_lest_a_missing_one_tell_that_nothing_ever_happened_there() -> None:
    mapped = set(CORRIDORS["iso3"])
    assert mapped == set(units()["iso3"])
    assert set(EPISODES["iso3"]) <= mapped


def test_every_corridor_ends_within_15_km_of_a_seat_the_state_had() -> None:
    seats = CAPITALS.groupby("iso3")
    astray = {}
    for row in CORRIDORS.itertuples():
        lon, lat = shapely.get_coordinates(shapely.from_wkt(row.wkt))[-1]
        had = seats.get_group(row.iso3)
        km = min(GEOD.inv(lon, lat, s.longitude, s.latitude)[2] / 1000 for s in had.itertuples())
        if km > 15:
            astray[row.corridor] = km
    assert astray == {}


def test_corridor_names_start_with_the_state_they_supply() -> None:
    assert (CORRIDORS["corridor"].str[:3].str.upper() == CORRIDORS["iso3"]).all()


def test_bamako_is_supplied_from_five_ports() -> None:
    ports = CORRIDORS[(CORRIDORS["iso3"] == "MLI") & (CORRIDORS["start_kind"] == "port")]
    assert {"Dakar", "Abidjan", "Conakry", "Nouakchott", "Lome"} <= set(ports["start"])
    assert ports["carries"].str.contains("fuel").all()


AUTUMN_2025 = [
    (12.90289, -8.56459),
    (12.90847, -8.60058),
    (14.55455, -9.98426),
    (10.82640, -6.67186),
    (11.17092, -5.62559),
    (11.12997, -5.60889),
]
"""Where tanker convoys to Bamako were attacked in September and October 2025."""


@pytest.mark.parametrize("place", AUTUMN_2025)
def test_the_attacks_of_autumn_2025_lie_within_25_km_of_a_corridor_of_bamako(place: tuple[float, float]) -> None:
    lat, lon = place
    nearest = float("inf")
    for wkt in CORRIDORS.loc[CORRIDORS["iso3"] == "MLI", "wkt"]:
        line = shapely.segmentize(shapely.from_wkt(wkt), 0.01)  # a point at least every 1.1 km
        points = shapely.get_coordinates(line)
        count = len(points)
        metres = GEOD.inv([lon] * count, [lat] * count, points[:, 0].tolist(), points[:, 1].tolist())[2]
        nearest = min(nearest, *(m / 1000 for m in metres))
    assert nearest < 25


def test_districts_name_a_core_for_each_of_their_states_and_each_district_once() -> None:
    districts = read_districts()
    assert set(districts["role"]) == {"core", "ring"}
    assert set(districts.loc[districts["role"] == "core", "iso3"]) == set(districts["iso3"])
    assert not districts.duplicated(["iso3", "district", "seat_from"]).any()
    assert set(districts["iso3"]) <= set(units()["iso3"])


def additions() -> pd.DataFrame:
    first = read_episodes(EPISODES_V1)
    merged = EPISODES.merge(first[KEYS], on=KEYS, how="left", indicator=True)
    return merged[merged["_merge"] == "left_only"]


def test_the_catalogue_keeps_every_row_of_version_1() -> None:
    first = read_episodes(EPISODES_V1).drop(columns=["last_confirmed", "evidence"])
    open_ended = EPISODES.set_index(["iso3", "kind", "start"])["last_confirmed"].notna()
    goes_on = first.set_index(["iso3", "kind", "start"]).index.map(open_ended).to_numpy(bool)
    first.loc[goes_on, "end"] = catalogue_known_to()  # version 1 took it to persist to the month in which it was made
    kept = first.merge(EPISODES, on=list(first.columns), how="left", indicator=True)
    assert len(first) == 620
    assert (kept["_merge"] == "both").all()


def test_weak_rows_say_what_they_rest_on_and_open_ones_are_confirmed_to_the_known_month() -> None:
    weak = EPISODES[(EPISODES["confidence"] != "H") | EPISODES["last_confirmed"].notna()]
    assert (weak["evidence"] != "").all()
    going_on = EPISODES.dropna(subset="last_confirmed")
    assert list(going_on["iso3"]) == ["CUB", "HTI", "MLI"]
    assert (going_on["last_confirmed"] == catalogue_known_to()).all()
    assert (going_on["end"] == catalogue_known_to()).all()


def test_the_counts_of_evidence_in_the_readme_are_those_of_the_catalogue() -> None:
    readme = (FOLDER / "README.md").read_text()
    unverified = EPISODES["evidence"].str.startswith("curated from general knowledge, not verified")
    blank = EPISODES["evidence"] == ""
    assert f"{(~unverified & ~blank).sum()} have such evidence" in readme
    assert f"{(unverified & EPISODES['confidence'].isin(['M', 'L'])).sum()} rows of confidence M or L" in readme
    assert f"{(blank & (EPISODES['confidence'] == 'H')).sum()} rows\nof confidence H have an empty `evidence`" in readme


def test_every_addition_to_version_1_is_listed_in_the_readme_and_no_other() -> None:
    readme = (FOLDER / "README.md").read_text()
    section = readme.split("### Corrections to version 1")[1].split("\n### ")[0]
    listed = re.findall(r"^\| ([A-Z]{3}) \| (\d{4}-\d{2}) \| (\w+) \|", section, flags=re.MULTILINE)
    added = additions()
    assert sorted(listed) == sorted((r.iso3, f"{r.start:%Y-%m}", r.kind) for r in added.itertuples())
    assert (added["start"] == added["end"]).all()


def test_every_addition_lies_inside_an_episode_of_version_1_so_disruption_is_unchanged() -> None:
    first = read_episodes(EPISODES_V1)
    first = first[(first["confidence"] != "L") & (first["kind"] != "attack")]
    for row in additions().itertuples():
        inside = first[(first["iso3"] == row.iso3) & (first["start"] <= row.start) & (first["end"] >= row.end)]
        assert len(inside), f"{row.iso3} {row.start:%Y-%m} {row.kind}"


@pytest.mark.real_data
def test_version_1_is_the_projects_catalogue_byte_for_byte(real_data: Path) -> None:
    assert EPISODES_V1.read_bytes() == (real_data / "episodes.csv").read_bytes()


def test_districts_belong_to_a_seat_and_count_while_it_is_one() -> None:
    spells = read_districts().query("iso3 == 'SDN' and role == 'core'").sort_values("seat_from")
    assert [(d.district, f"{d.seat_from:%Y-%m}") for d in spells.itertuples()] == [
        ("Khartoum state", "1989-01"), ("Red Sea state", "2023-08"), ("Khartoum state", "2026-01"),
    ]  # fmt: skip


def test_a_district_of_a_seat_the_state_never_had_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "capital_districts.csv"
    path.write_text("iso3,capital,role,district\nMLI,Timbuktu,core,Tombouctou region\n")
    with pytest.raises(
        ValueError, match=r"capital_districts\.csv: MLI has no seat 'Timbuktu'; spell it as in capitals\.csv"
    ):
        read_districts(path)


@pytest.mark.parametrize(("rule", "least"), [("fighting", 0.97), ("seizure", 0.9)])
def test_the_catalogue_has_nearly_every_month_of_fighting_and_of_powell_and_thynes_coups(
    starter: Panel, rule: str, least: float
) -> None:
    found = months_confirmed(starter).set_index("rule").loc[rule]
    assert found["months"].sum() > 100
    assert found["any_kind"].sum() / found["months"].sum() >= least


def test_the_rules_find_most_coups_and_a_good_part_of_the_fighting_of_the_catalogue(starter: Panel) -> None:
    found = episodes_found(starter).groupby("kind")[["seen", "found"]].sum()
    share = found["found"] / found["seen"]
    assert share["coup"] > 0.85
    assert share["fighting"] > 0.4
