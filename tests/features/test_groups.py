"""Every group of features on panels of a few rows, whose values can be worked out by hand."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from pyproj import Geod

from data.panel.panel import Panel
from data.panel.view import View, as_of
from data.reference_tables import read_corridor_countries, read_corridors, units
from features.base import FALLING, RISING, Feature, Group, described
from features.build import features_by_name
from features.groups import corridors, coups, encirclement, fighting, history, media, prices, regime, transit
from features.registry import groups

ViewOf = Callable[..., View]
Row = dict[str, object]
UNITS = units().set_index("iso3")


def values(group: Group, view: View, iso3: str = "MLI") -> dict[str, float]:
    """Return one capital's features, rounded so that they can be compared with arithmetic."""
    place = view.panel.iso3.index(iso3)
    return {name: float(column[place]) for name, column in group.compute(view).items()}


def check(found: dict[str, float], **expected: float) -> None:
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-5, abs=1e-6, nan_ok=True)


def monthly(first: str, last: str, **columns: object) -> list[Row]:
    return [{"iso3": "MLI", "month": str(m), **columns} for m in pd.date_range(first, last, freq="MS")]


@pytest.mark.parametrize("group", groups(), ids=lambda g: g.name)
def test_every_feature_is_described_in_a_sentence(group: Group) -> None:
    assert group.label
    for name, feature in group.features.items():
        assert feature.name == name
        assert feature.meaning.endswith("."), name
        assert len(feature.meaning) > 10, name
        assert feature.direction in (RISING, 0, FALLING), name


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        (
            "near_events_12m",
            "ln(1+events within 25 km of the seat in twelve months): a campaign in the city.",
        ),
        ("gdp_per_capita", "ln of GDP per head in US dollars: poor states fall more often."),
        ("landlocked", "1 where the state has no sea coast."),
        ("months_since_seizure", "Months since the last month of seizure, 240 at most."),
        ("near_basis", "Where the near counts come from: 0 rings, 1 districts, 2 no deaths in the whole country."),
    ],
)
def test_a_meaning_is_made_from_sentence_unit_and_reason(name: str, meaning: str) -> None:
    assert features_by_name()[name].meaning == meaning


def test_values_in_logarithms_are_undone_by_unit() -> None:
    declared = features_by_name()
    assert declared["near_events_12m"].natural(math.log(1 + 4)) == pytest.approx(4)
    assert declared["gdp_per_capita"].natural(math.log(500)) == pytest.approx(500)
    assert declared["gdp_growth_1y"].natural(math.log(1.25)) == pytest.approx(0.25)
    assert declared["coups_24m"].natural(2.0) == 2


def test_a_feature_declared_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="features declared twice: a; rename one of each"):
        described(Feature("a", "a number"), Feature("a", "another number"))


@pytest.mark.parametrize("group", groups(), ids=lambda g: g.name)
def test_a_group_makes_exactly_the_features_it_describes_one_value_for_each_capital(
    group: Group, starter: Panel
) -> None:
    made = group.compute(as_of(starter, pd.Timestamp("2020-12-01")))
    assert set(made) == set(group.features)
    assert {column.shape for column in made.values()} == {(len(starter.iso3),)}
    assert all(not np.isinf(column).any() for column in made.values())
    assert all(np.isfinite(column).any() for column in made.values())


@pytest.mark.parametrize("group", [g for g in groups() if set(g.tables) - {"episodes"}], ids=lambda g: g.name)
def test_without_its_tables_a_group_knows_nothing_but_geography_and_episodes(group: Group, view_of: ViewOf) -> None:
    made = group.compute(view_of())
    known = {name for name, column in made.items() if np.isfinite(column).any()}
    assert known <= {"landlocked", "transit_disrupted", "transit_onsets_24m"}


@pytest.mark.parametrize("origin", ["1989-01-01", "1989-12-01", "2026-05-01"])
def test_every_group_can_be_computed_at_both_ends_of_the_panel(starter: Panel, origin: str) -> None:
    view = as_of(starter, pd.Timestamp(origin))
    for group in groups():
        assert set(group.compute(view)) == set(group.features)


def attack_on_road(corridor: str, month: str, within_5km: float, within_25km: float, nearest_km: float) -> Row:
    return {
        "iso3": "MLI", "corridor": corridor, "month": month, "sector": 2, "nearest_km": nearest_km,
        "events_5km": within_5km, "events_25km": within_25km, "deaths_5km": 0.0, "deaths_25km": 0.0,
    }  # fmt: skip


def test_corridors_tell_the_worst_road_and_the_roads_hit(view_of: ViewOf) -> None:
    view = view_of(
        corridors=[
            attack_on_road("mli-dakar-kayes", "2024-02", 2, 2, 40),
            attack_on_road("mli-dakar-kayes", "2024-11", 3, 5, 100),
            attack_on_road("mli-abidjan-sikasso", "2024-12", 1, 1, 200),
            attack_on_road("mli-conakry-kouremale", "2024-03", 0, 4, 90),
        ],
        rings=[ring("2024-02", 4, 2, 1)],
    )
    check(
        values(corridors.GROUP, view),
        corridor_attacks_5km_1m=math.log(1 + 1),  # the road to Abidjan
        corridor_attacks_5km_3m=math.log(1 + 3),  # the road to Dakar; the one to Abidjan saw 1
        corridor_attacks_5km_6m=math.log(1 + 3),
        corridor_attacks_5km_12m=math.log(1 + 5),  # 2 + 3
        corridor_attacks_25km_1m=math.log(1 + 1),
        corridor_attacks_25km_3m=math.log(1 + 5),
        corridor_attacks_25km_6m=math.log(1 + 5),
        corridor_attacks_25km_12m=math.log(1 + 7),  # 2 + 5
        corridors_hit_share_3m=2 / 12,
        corridors_hit_share_12m=2 / 12,  # Conakry's road was hit only 5-25 km off
        corridor_closeness_3m=325 - 100,
        landlocked=1,
    )
    check(
        values(corridors.GROUP, view, "NER"),
        corridor_attacks_5km_12m=0, corridors_hit_share_12m=0, corridor_closeness_3m=0,
    )  # fmt: skip


def ring(month: str, number: int, sector: int, events: float, deaths: float = 0.0) -> Row:
    return {
        "iso3": "MLI", "month": month, "ring": number, "sector": sector, "violence": "state", "abroad": False,
        "events": events, "deaths": deaths,
    }  # fmt: skip


def test_encirclement_counts_sides_the_way_out_and_the_approach(view_of: ViewOf) -> None:
    view = view_of(
        rings=[
            ring("2024-03", 5, 4, 1),  # 200-325 km out: too far for the sectors
            ring("2024-04", 3, 5, 4),
            ring("2024-11", 4, 2, 3),
            ring("2024-12", 1, 0, 2),
        ]
    )
    check(
        values(encirclement.GROUP, view),
        sectors_attacked_3m=2,  # north and east
        sectors_attacked_12m=3,  # and south-west
        open_arc_12m=90,  # of 0 . 2 . . 5 . . two neighbouring sectors are the longest run
        nearest_ring_3m=1,
        nearest_ring_12m=1,
        # mean ring January to June (5 + 4 x 3) / 5 = 3.4, July to December (3 x 4 + 2 x 1) / 5 = 2.8
        approach_12m=0.6,
        ring_events_50_200km_3m=math.log(1 + 3),
        ring_events_50_200km_12m=math.log(1 + 7),  # 4 in ring 3, 3 in ring 4
    )
    check(
        values(encirclement.GROUP, view, "NER"),
        sectors_attacked_12m=0, open_arc_12m=360, nearest_ring_3m=6, nearest_ring_12m=6, approach_12m=0,
        ring_events_50_200km_12m=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sectors", "degrees"),
    [
        ((0,), 315),
        ((3,), 315),
        ((1, 4), 180),
        ((0, 4), 135),
        ((6, 1), 180),
        ((0, 1, 2, 3, 4, 5, 6), 45),
        (tuple(range(8)), 0),
    ],
)
def test_the_way_out_is_looked_for_round_the_whole_circle(
    view_of: ViewOf, sectors: tuple[int, ...], degrees: float
) -> None:
    view = view_of(rings=[ring("2024-12", 2, sector, 1) for sector in sectors])
    check(values(encirclement.GROUP, view), open_arc_12m=degrees, sectors_attacked_12m=len(sectors))


def test_encirclement_is_unknown_outside_the_coverage(view_of: ViewOf) -> None:
    view = view_of(rings=[ring("2024-12", 2, 0, 1)], covered=("MLI", "2024-01", "2024-12"))
    elsewhere = values(encirclement.GROUP, view, "NER")
    assert all(math.isnan(value) for value in elsewhere.values())


@pytest.mark.parametrize(("first", "months_known"), [("2024-12", 1), ("2024-09", 4)])
@pytest.mark.parametrize("group", [corridors.GROUP, encirclement.GROUP], ids=lambda g: g.name)
def test_a_window_of_which_months_are_unknown_is_unknown_and_not_quiet(
    view_of: ViewOf, group: Group, first: str, months_known: int
) -> None:
    view = view_of(rings=[ring("2024-12", 2, 0, 1)], covered=("*", first, "2024-12"))
    found = values(group, view)
    assert all(math.isnan(value) for name, value in found.items() if name.endswith("_12m"))
    assert all(math.isnan(value) == (months_known < 3) for name, value in found.items() if name.endswith("_3m"))


def shock(group: str, month: str, change: float, median: float, net: float) -> Row:
    return {
        "iso3": "MLI", "month": month, "group": group, "change_1m": change, "vs_median_6m": median,
        "change_1m_net": net, "series": 2, "in_capital": True,
    }  # fmt: skip


def test_prices_tell_the_largest_recent_change_and_the_newest_level(view_of: ViewOf) -> None:
    view = view_of(
        prices=[
            shock("fuel", "2024-08", 0.9, 0.9, 0.9),
            shock("fuel", "2024-09", 0.5, 0.6, 0.4),
            shock("fuel", "2024-10", -0.1, 0.3, -0.2),
            shock("fuel", "2024-11", 0.1, 0.2, 0.05),
            shock("staple", "2024-11", 0.02, 0.03, 0.01),
        ]
    )
    check(
        values(prices.GROUP, view),
        fuel_change_1m=0.5,  # the largest of 0.5, -0.1 and 0.1
        fuel_vs_median_6m=0.2,
        fuel_change_1m_net=0.05,
        staple_change_1m=0.02,
        staple_vs_median_6m=0.03,
        staple_change_1m_net=0.01,
    )
    assert all(math.isnan(value) for value in values(prices.GROUP, view, "NER").values())


def test_fuel_that_stopped_being_reported_is_unknown_while_staples_are_fresh(view_of: ViewOf) -> None:
    view = view_of(prices=[shock("fuel", "2024-08", 0.9, 0.9, 0.9), shock("staple", "2024-12", 0.1, 0.1, 0.1)])
    nan = math.nan
    check(values(prices.GROUP, view), staple_vs_median_6m=0.1, fuel_change_1m=nan, fuel_vs_median_6m=nan)


def news(iso3: str, month: str, conflict: float, goldstein: float) -> Row:
    return {
        "iso3": iso3, "month": month, "conflict_events": conflict, "protest_events": 9.0, "goldstein_mean": goldstein
    }  # fmt: skip


def test_media_compare_a_countrys_share_of_the_worlds_news_with_its_usual_one(view_of: ViewOf) -> None:
    months = [str(m) for m in pd.date_range("2022-10-01", "2024-12-01", freq="MS")]  # 27 months
    mali = [news("MLI", m, 9.0, -2.0) for m in months[:-1]] + [news("MLI", months[-1], 19.0, -5.0)]
    view = view_of(media=mali + [news("NER", m, 89.0, 0.0) for m in months])
    # the share is (9 + 1) / (98 + 1) in every month but the last: (19 + 1) / (108 + 1); the spread of 0 counts as 0.1
    usual, newest = math.log(10 / 99), math.log(20 / 109)
    check(
        values(media.GROUP, view),
        media_conflict_z=(newest - usual) / 0.1,
        media_conflict_3m_z=((newest + 2 * usual) / 3 - usual) / 0.1,
        media_protest_z=0,
        media_protest_3m_z=0,
        media_conflict_level=(newest + 11 * usual) / 12,
        media_protest_level=math.log(10 / 19),
        media_goldstein=-5,
        media_goldstein_change=-3,
        media_goldstein_vs_world=-5 - (-5 + 0) / 2,
    )


def test_regime_tells_levels_changes_and_nearness_to_the_middle(view_of: ViewOf) -> None:
    democracy = [{"iso3": "MLI", "year": y, "electoral_democracy": v} for y, v in ((2018, 0.3), (2023, 0.45))]
    economy = [
        {"iso3": "MLI", "year": y, "indicator": name, "value": v}
        for y, name, v in (
            (2018, "gdp_usd", 1e9), (2022, "gdp_usd", 1.5e9), (2023, "gdp_usd", 2e9), (2023, "population", 1e7)
        )
    ]  # fmt: skip
    check(
        values(regime.GROUP, view_of(regime=democracy, economy=economy)),
        electoral_democracy=0.45,
        electoral_democracy_change_5y=0.15,
        electoral_democracy_middle=1,
        gdp_per_capita=math.log(200),  # 2e9 / 1e7
        gdp_growth_1y=math.log(2 / 1.5),
        gdp_growth_5y=math.log(2),
        population=math.log(1e7),
    )


@pytest.mark.parametrize(("index", "middle"), [(0.45, 1.0), (1.0, 0.0), (0.175, 0.5), (0.725, 0.5)])
def test_the_middle_of_the_democracy_index_is_at_045(view_of: ViewOf, index: float, middle: float) -> None:
    democracy: list[Row] = [{"iso3": "MLI", "year": 2023, "electoral_democracy": index}]
    check(values(regime.GROUP, view_of(regime=democracy)), electoral_democracy_middle=middle)


def country(month: str, deaths: float, iso3: str = "MLI") -> Row:
    return {
        "iso3": iso3, "month": month, "deaths": deaths,
        "events_state": 1.0, "events_nonstate": 2.0, "events_onesided": 0.0,
    }  # fmt: skip


def months(first: str, last: str) -> list[str]:
    return [str(m) for m in pd.date_range(first, last, freq="MS")]


def test_fighting_in_the_country_is_told_by_window_trend_population_and_neighbours(view_of: ViewOf) -> None:
    # fifteen months: two deaths in each of twelve, then eight in each of three
    deaths = [country(m, 2.0) for m in months("2023-10-01", "2024-09-01")]
    deaths += [country(m, 8.0) for m in months("2024-10-01", "2024-12-01")]
    people: list[Row] = [{"iso3": "MLI", "year": 2023, "indicator": "population", "value": 2e6}]
    view = view_of(countries=deaths, economy=people)
    weighted = sum(8 * 2 ** (-age / 60) for age in range(3)) + sum(2 * 2 ** (-age / 60) for age in range(3, 15))
    check(
        values(fighting.GROUP, view),
        country_deaths_1m=math.log(1 + 8),
        country_deaths_3m=math.log(1 + 24),
        country_deaths_12m=math.log(1 + 42),  # 9 x 2 + 3 x 8
        country_deaths_decayed_60m=math.log(1 + weighted),
        country_deaths_per_million_12m=math.log(1 + 21),  # 42 deaths among two million
        country_deaths_change_12m=math.log((8 + 1) / (2 + 1)),
        country_state_events_12m=math.log(1 + 12),
        country_nonstate_events_12m=math.log(1 + 24),
        country_onesided_events_12m=0,
    )
    bamako, niamey = (UNITS.loc[code, ["longitude", "latitude"]].tolist() for code in ("MLI", "NER"))
    km = Geod(ellps="WGS84").inv(*bamako, *niamey)[2] / 1000
    near_mali = values(fighting.GROUP, view, "NER")
    assert near_mali["neighbour_deaths_12m"] == pytest.approx(math.log(1 + 42 * math.exp(-km / 500)), rel=0.01)
    assert near_mali["country_deaths_12m"] == 0.0


def test_fighting_near_the_capital_takes_25_km_as_near_and_100_km_as_around(view_of: ViewOf) -> None:
    view = view_of(
        countries=[country(m, 50.0) for m in months("2024-01-01", "2024-12-01")],
        rings=[
            ring("2024-03", 0, 1, 1, 100), ring("2024-11", 0, 1, 2, 5), ring("2024-12", 1, 1, 3, 7),
            ring("2024-12", 2, 1, 4, 11), ring("2024-12", 3, 1, 5, 13), ring("2024-12", 4, 1, 6, 1000),
        ],
    )  # fmt: skip
    check(
        values(fighting.GROUP, view),
        near_deaths_1m=math.log(1 + 7),
        near_deaths_3m=math.log(1 + 12),  # 5 + 7
        near_deaths_12m=math.log(1 + 112),
        near_events_3m=math.log(1 + 5),
        near_events_12m=math.log(1 + 6),
        near_deaths_decayed_60m=math.log(1 + 7 + 5 * 2 ** (-1 / 60) + 100 * 2 ** (-9 / 60)),
        around_events_3m=math.log(1 + 9),
        around_events_12m=math.log(1 + 9),
        around_deaths_12m=math.log(1 + 24),
        near_basis=0,
    )


def test_a_war_whose_place_is_unknown_leaves_the_capital_unknown(view_of: ViewOf) -> None:
    found = values(fighting.GROUP, view_of(countries=[country(m, 50.0) for m in months("2024-01-01", "2024-12-01")]))
    unknown = [name for name in found if name.startswith(("near_deaths", "near_events", "around_"))]
    assert len(unknown) >= 9
    assert all(math.isnan(found[name]) for name in [*unknown, "near_basis"])


def coup(iso3: str, month: str, successful: float, failed: float) -> Row:
    return {"iso3": iso3, "month": month, "successful": successful, "failed": failed}


def test_coups_at_home_in_the_region_and_in_the_world(view_of: ViewOf) -> None:
    view = view_of(
        coups=[
            coup("MLI", "2019-12", 0, 1), coup("MLI", "2020-12", 1, 0), coup("MLI", "2022-12", 1, 0),
            coup("MLI", "2024-09", 0, 1), coup("BFA", "2024-12", 1, 0),
        ]
    )  # fmt: skip
    # ages in months: 60, 48, 24 and 3
    check(
        values(coups.GROUP, view),
        coups_decayed_60m=sum(2 ** (-age / 60) for age in (60, 48, 24, 3)),
        coup_success_decayed_24m=0.25 + 0.5,  # 48 and 24 months ago
        coups_24m=1,  # December 2022 is the 25th month back
        months_since_coup=3,
        region_coups_24m=1 / (UNITS["region"].eq("Western Africa").sum() - 1),  # Burkina Faso's, per other state
        world_coups_12m=math.log(1 + 2),
    )
    check(values(coups.GROUP, view, "NER"), coups_24m=0, coups_decayed_60m=0, world_coups_12m=math.log(3))
    assert (
        values(coups.GROUP, view, "NER")["neighbour_coups_24m"]
        > values(coups.GROUP, view, "ETH")["neighbour_coups_24m"]
    )


def test_history_counts_onsets_by_kind_with_half_lives(view_of: ViewOf) -> None:
    view = view_of(("MLI", "siege", "2019-12", "2020-02"), ("MLI", "coup", "2022-12", "2022-12"))
    # onsets 60 and 24 months ago
    check(
        values(history.GROUP, view),
        onsets_decayed_24m=2 ** (-60 / 24) + 0.5,
        onsets_decayed_60m=0.5 + 2 ** (-24 / 60),
        onsets_decayed_6m=2**-10 + 2**-4,
        siege_decayed_60m=0.5,
        coup_decayed_60m=2 ** (-24 / 60),
        strangulation_onsets_decayed_60m=0.5,
        strangulation_onsets_decayed_12m=2**-5,
        seizure_onsets_decayed_12m=0.25,
        fighting_onsets_decayed_60m=0,
        strangulation_going_on=0,
        months_since_strangulation=58,
        months_since_seizure=24,
        months_since_disruption=24,
        months_since_fighting=240,
        disrupted_share_10y=4 / 120,
        longest_disruption=math.log(1 + 3),
        world_onsets_12m=2**-5 + 0.25,
    )


def test_what_is_going_on_at_the_origin_is_known_and_its_end_is_not(view_of: ViewOf) -> None:
    for end in ("2024-12", "2025-06"):
        found = values(history.GROUP, view_of(("MLI", "supply", "2024-10", end)))
        check(
            found,
            strangulation_going_on=1,
            seizure_going_on=0,
            months_since_strangulation=0,
            disrupted_share_10y=3 / 120,
        )
        check(found, longest_disruption=math.log(1 + 3))


def test_one_kind_of_disruption_following_another_is_one_onset_of_disruption(view_of: ViewOf) -> None:
    view = view_of(("MLI", "supply", "2024-09", "2024-10"), ("MLI", "coup", "2024-11", "2024-11"))
    found = values(history.GROUP, view)
    check(found, onsets_decayed_24m=2 ** (-3 / 24), seizure_onsets_decayed_12m=2 ** (-1 / 12))


def test_an_attack_is_an_input_of_its_own_and_no_disruption(view_of: ViewOf) -> None:
    found = values(history.GROUP, view_of(("MLI", "attack", "2023-12", "2023-12")))
    check(found, attack_decayed_12m=0.5, onsets_decayed_24m=0, months_since_disruption=240, longest_disruption=0)


def test_a_neighbours_disruption_weighs_by_distance(view_of: ViewOf) -> None:
    view = view_of(("MLI", "fighting", "2024-12", "2024-12"))
    bamako, ouagadougou = (UNITS.loc[code, ["longitude", "latitude"]].tolist() for code in ("MLI", "BFA"))
    km = Geod(ellps="WGS84").inv(*bamako, *ouagadougou)[2] / 1000
    found = values(history.GROUP, view, "BFA")
    assert found["neighbour_disrupted"] == pytest.approx(math.exp(-km / 500), rel=0.01)
    assert found["neighbour_fighting_24m"] == pytest.approx(found["neighbour_disrupted"])
    assert found["neighbour_seizure_24m"] == 0.0
    assert values(history.GROUP, view)["neighbour_disrupted"] == 0.0  # not its own neighbour
    assert values(history.GROUP, view, "FJI")["neighbour_disrupted"] == 0.0


def test_a_base_rate_rises_with_past_onsets_and_is_drawn_towards_the_regions(view_of: ViewOf) -> None:
    view = view_of(("MLI", "coup", "2012-03", "2012-03"), ("MLI", "coup", "2020-08", "2020-08"))
    mali, niger, japan = (values(history.GROUP, view, iso3) for iso3 in ("MLI", "NER", "JPN"))
    for rate in ("seizure_rate", "disruption_rate", "disruption_rate_recent"):
        assert mali[rate] > niger[rate] > japan[rate]
    assert mali["fighting_rate"] == pytest.approx(niger["fighting_rate"], rel=1e-3)


def test_a_young_state_is_known_to_be_young_and_every_old_one_is_as_old_as_the_next(view_of: ViewOf) -> None:
    view = view_of(origin="2012-07")
    check(values(history.GROUP, view, "SSD"), state_age=12)  # independent in July 2011
    check(values(history.GROUP, view, "MLI"), state_age=120)


def test_prices_tell_what_no_season_explains(view_of: ViewOf) -> None:
    # Staples rose by 30 and 10 % in the Decembers before: the newest 50 % are 30 % more than usual.
    months = (("2021-12", 0.3), ("2023-11", 0.9), ("2023-12", 0.1), ("2024-12", 0.5))
    view = view_of(prices=[shock("staple", month, change, 0.0, 0.0) for month, change in months])
    check(values(prices.GROUP, view), staple_vs_season=0.5 - (0.3 + 0.1) / 2, fuel_vs_season=math.nan)


def test_another_way_is_left_while_one_corridor_from_a_place_is_quiet(view_of: ViewOf) -> None:
    starts = read_corridors().query("iso3 == 'MLI'").set_index("corridor")["start"]
    from_dakar = sorted(starts.index[starts == starts["mli-dakar-kayes"]])
    assert len(from_dakar) > 1
    events = [ring("2024-02", 4, 2, 1)]
    one = view_of(corridors=[attack_on_road("mli-dakar-kayes", "2024-11", 3, 5, 100)], rings=events)
    check(values(corridors.GROUP, one), entries_left_share_12m=1)
    every = view_of(corridors=[attack_on_road(road, "2024-11", 3, 5, 100) for road in from_dakar], rings=events)
    check(values(corridors.GROUP, every), entries_left_share_12m=1 - 1 / starts.nunique())


def test_transit_tells_how_the_countries_along_the_corridors_fare(view_of: ViewOf) -> None:
    crossed = read_corridor_countries().query("iso3 == 'MLI'")["crosses"].value_counts()
    share = crossed / (read_corridors()["iso3"] == "MLI").sum()
    view = view_of(
        ("CIV", "coup", "2024-12", "2024-12"),
        ("SEN", "siege", "2022-12", "2023-01"),
        ("FRA", "coup", "2024-12", "2024-12"),
        countries=[
            country("2024-01", 0.0),
            country("2024-11", 40.0, "SEN"),
            country("2024-12", 60.0, "SEN"),
            country("2024-12", 9.0, "FRA"),
        ],
    )
    check(
        values(transit.GROUP, view),
        transit_disrupted=share["CIV"],
        transit_onsets_24m=share["CIV"] + share["SEN"] / 2,
        transit_deaths_12m=math.log(1 + 100 * share["SEN"]),
        transit_coups_24m=math.nan,  # no list of coups
    )
    check(values(transit.GROUP, view, "FRA"), transit_disrupted=0, transit_onsets_24m=0, transit_deaths_12m=0)


def test_an_order_is_as_old_as_the_last_move_of_the_index(view_of: ViewOf) -> None:
    index = {2018: 0.3, 2019: 0.3, 2020: 0.36, 2021: 0.4, 2022: 0.42, 2023: 0.43}
    democracy: list[Row] = [{"iso3": "MLI", "year": y, "electoral_democracy": v} for y, v in index.items()]
    check(values(regime.GROUP, view_of(regime=democracy)), regime_settled_years=3)  # it rose by 0.06 in 2020
