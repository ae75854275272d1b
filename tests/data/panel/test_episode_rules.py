"""The three rules on a few literal rows of each table, at their edges."""

from collections.abc import Sequence

import pandas as pd
import pytest

from data import calendar
from data.panel.episode_rules import rule_months
from data.panel.panel import Panel, assemble

Row = dict[str, object]
ELSEWHERE = pd.DataFrame(
    {
        "iso3": ["FJI"],
        "kind": ["attack"],
        "start": pd.to_datetime(["2024-12-01"]),
        "end": pd.to_datetime(["2024-12-01"]),
        "confidence": ["H"],
    }
)


def dated(rows: Sequence[Row], lag_days: int) -> pd.DataFrame:
    table = pd.DataFrame(list(rows))
    months = pd.to_datetime(table["month"]).astype("datetime64[us]")
    return table.assign(month=months, source="test", available_at=calendar.available_at(months, lag_days))


def near(month: str, deaths: float, events: float, days: float, radius_km: int = 25) -> Row:
    counts = {"deaths": deaths, "events": events, "days": days}
    whole = {f"{name}_or_district": value for name, value in counts.items()}
    return {"iso3": "MLI", "month": month, "radius_km": radius_km, "deaths_largest_event": 1.0} | counts | whole


def price(month: str, change: float, half_year: float = 0.0, **other: object) -> Row:
    usual = {"iso3": "MLI", "month": month, "group": "fuel", "series": 1, "in_capital": True}
    shares = {"change_1m": 0.0, "vs_median_6m": 0.0, "change_1m_net": change, "vs_median_6m_net": half_year}
    return usual | shares | other


def road(month: str, sector: int, events: float) -> Row:
    return {"iso3": "MLI", "month": month, "sector": sector, "events": events}


def panel(covered: tuple[str, str] = ("2024-01", "2024-12"), **tables: Sequence[Row]) -> Panel:
    lags = {"near": 20, "roads": 20, "prices": 45, "coups": 14, "districts": 20}
    made = {name: dated(rows, lags[name]) for name, rows in tables.items()}
    columns = "iso3 month ring sector violence abroad events deaths"
    spare = dated([dict.fromkeys(columns.split(), 0.0) | {"iso3": "FJI", "month": "2024-01", "violence": "state"}], 20)
    lines = "iso3 corridor month sector events_5km deaths_5km events_25km deaths_25km nearest_km"
    along = dated([dict.fromkeys(lines.split(), 0.0) | {"iso3": "FJI", "month": "2024-01", "corridor": "none"}], 20)
    if "near" in made:
        made |= {"rings": spare.astype({"ring": int, "sector": int}), "corridors": along}
    spans = [("events", *covered)] + [("districts", "2024-01", "2024-12")] * ("districts" in made)
    coverage = pd.DataFrame(spans, columns=["table", "first", "last"]).assign(iso3="*")
    coverage = coverage.assign(**{c: pd.to_datetime(coverage[c]) for c in ("first", "last")})
    return assemble(made | {"coverage": coverage}, ELSEWHERE, {"vintage": "test"})


def found(made: Panel) -> list[tuple[str, str]]:
    months = rule_months(made.cubes, made.iso3)
    assert set(months["iso3"]) <= {"MLI"}
    return [(row.kind, f"{row.month:%Y-%m}") for row in months.itertuples()]


@pytest.mark.parametrize(
    ("deaths", "events", "days", "holds"),
    [
        (25, 3, 3, True),
        (24, 3, 3, False),
        (900, 9, 2, False),  # two days: an attack
        (900, 2, 3, False),
    ],
)
def test_fighting_is_25_deaths_in_three_events_on_three_days(
    deaths: float, events: float, days: float, holds: bool
) -> None:
    assert found(panel(near=[near("2024-03", deaths, events, days)])) == [("fighting", "2024-03")] * holds


def test_fighting_is_within_25_km() -> None:
    assert found(panel(near=[near("2024-03", 99, 9, 9, radius_km=50), near("2024-03", 24, 3, 3)])) == []


def test_events_placed_no_better_than_to_the_capitals_district_count_for_the_rule() -> None:
    row = near("2024-03", 10, 1, 1) | {"deaths_or_district": 25.0, "events_or_district": 3.0, "days_or_district": 3.0}
    made = panel(near=[row])
    assert found(made) == [("fighting", "2024-03")]
    assert (
        rule_months(made.cubes, made.iso3)["reason"].item().endswith("of the seat of government or in its own district")
    )


def district(month: str, deaths: float, events: float) -> Row:
    counts = {"events_state": events, "events_nonstate": 0.0, "events_onesided": 0.0, "deaths": deaths}
    return {"iso3": "MLI", "month": month, "role": "core"} | counts


def test_the_districts_counts_stand_in_only_where_no_feed_places_events() -> None:
    rows = [district(f"2024-{month:02}", 25, 3) for month in (2, 8)] + [
        district("2024-09", 24, 3),
        district("2024-10", 99, 2),
    ]
    made = panel(covered=("2024-01", "2024-06"), near=[near("2024-01", 1, 1, 1)], districts=rows)
    assert found(made) == [("fighting", "2024-08")]  # in February events were placed, and none was near
    assert "the feed has no days" in rule_months(made.cubes, made.iso3)["reason"].iloc[0]


def test_a_coup_and_an_attempt_are_seizures_of_two_kinds() -> None:
    rows: list[Row] = [
        {"iso3": "MLI", "month": "2024-03", "successful": 1.0, "failed": 0.0},
        {"iso3": "MLI", "month": "2024-05", "successful": 0.0, "failed": 1.0},
    ]
    made = panel(coups=rows)
    assert found(made) == [("coup", "2024-03"), ("coup_attempt", "2024-05")]
    assert set(rule_months(made.cubes, made.iso3)["confidence"]) == {"PT"}


def attacks(month: str) -> list[Row]:
    return [road(month, 0, 2.0), road(month, 3, 1.0)]


def strangled(prices: Sequence[Row], roads: Sequence[Row]) -> list[str]:
    made = panel(near=[near("2024-01", 1, 1, 1)], prices=prices, roads=roads)
    return [month for kind, month in found(made) if kind == "supply"]


CALM_PRICE = price("2024-01", 0.0)
CALM_ROAD = road("2024-01", 0, 1.0)


def test_a_price_shock_alone_is_no_strangulation() -> None:
    assert strangled([price("2024-06", 9.0, 9.0)], [CALM_ROAD]) == []


def test_attacks_on_the_roads_alone_are_no_strangulation() -> None:
    assert strangled([CALM_PRICE], attacks("2024-06")) == []


def test_both_keys_in_one_month_are_strangulation_while_the_attacks_lie_within_90_days() -> None:
    # attacks of June count in June, July and August; the price of June for the two months after it
    assert strangled([price("2024-06", 0.25)], attacks("2024-06")) == ["2024-06", "2024-07", "2024-08"]


@pytest.mark.parametrize(
    ("priced", "months"),
    [
        ("2024-03", []),  # three months before the attacks
        ("2024-04", ["2024-06"]),
        ("2024-10", ["2024-10"]),  # the 90 days end in August, two months before
        ("2024-11", []),  # three months after them
    ],
)
def test_the_keys_may_lie_two_months_apart_and_not_three(priced: str, months: list[str]) -> None:
    assert strangled([price(priced, 0.25)], attacks("2024-06")) == months


@pytest.mark.parametrize(
    ("row", "turns"),
    [
        (price("2024-06", 0.25), True),
        (price("2024-06", 0.24), False),
        (price("2024-06", 0.0, 0.5), True),
        (price("2024-06", 0.0, 0.49), False),
        (price("2024-06", float("nan"), 0.5), True),
        (price("2024-06", 0.25, group="staple"), True),
        (price("2024-06", 9.0, 9.0, in_capital=False), False),  # of other towns
        (price("2024-06", 0.0, 0.0, change_1m=9.0, vs_median_6m=9.0), False),  # of the currency or the world
    ],
)
def test_the_first_key_is_a_price_of_the_capitals_market_net_of_the_worlds(row: Row, turns: bool) -> None:
    assert bool(strangled([row], attacks("2024-06"))) == turns


@pytest.mark.parametrize(
    ("rows", "turns"),
    [
        (attacks("2024-06"), True),
        ([road("2024-06", 0, 1.0), road("2024-06", 3, 1.0)], False),  # two attacks
        ([road("2024-06", 0, 9.0)], False),  # one sector
        ([road("2024-04", 0, 1.0), road("2024-05", 3, 1.0), road("2024-06", 7, 1.0)], True),
        (
            [road("2024-03", 0, 1.0), road("2024-05", 3, 1.0), road("2024-06", 7, 1.0)],
            False,
        ),  # 90 days do not hold March
    ],
)
def test_the_second_key_is_three_attacks_in_90_days_in_two_sectors(rows: list[Row], turns: bool) -> None:
    assert bool(strangled([price("2024-06", 0.25)], rows)) == turns


def test_months_whose_roads_nobody_watched_turn_no_key() -> None:
    # events are known from January on, so the 90 days to February are not
    assert strangled([price("2024-02", 0.25)], attacks("2024-02")) == ["2024-03", "2024-04"]


def test_a_month_is_knowable_when_the_later_key_was_published_and_names_its_numbers() -> None:
    made = panel(near=[near("2024-06", 25, 3, 3)], prices=[price("2024-06", 0.31, 0.2)], roads=attacks("2024-06"))
    months = rule_months(made.cubes, made.iso3).set_index(["kind", "month"])
    june = pd.Timestamp("2024-06-01")
    # events of June come on 21 July and are seen from the end of July; prices on 15 August
    assert months.loc[("fighting", june), "available_at"] == pd.Timestamp("2024-08-01")
    assert months.loc[("supply", june), "available_at"] == pd.Timestamp("2024-09-01")
    assert months.loc[("fighting", june), "reason"] == (
        "25 deaths in 3 events on 3 days within 25 km of the seat of government"
    )
    assert months.loc[("supply", june), "reason"] == (
        "fuel +31% on the month and +20% on half a year, net of the world price in 2024-06; "
        "3 attacks within 5 km of trunk roads in 2 sectors in 90 days to 2024-06"
    )


def test_a_panel_without_the_tables_finds_nothing() -> None:
    assert rule_months({}, ["MLI"]).empty
