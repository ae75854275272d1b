"""Facts behind drivers: which episodes, counts and values a feature stands for, in words."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import assemble
from data.panel.view import View, as_of
from features.build import feature_names, features_by_name
from features.registry import groups
from training.explanation.drivers import OTHERS, Fact, themes
from training.explanation.facts.write import FactWriter, facts_of

ORIGIN = "2024-12"
EPISODES = [
    ("MLI", "Bamako", "2024-04", "2024-12", "siege", "2024-12"),
    ("MLI", "Bamako", "2020-08", "2020-08", "coup", None),
    ("MLI", "Bamako", "2012-03", "2012-03", "coup", None),
    ("NER", "Niamey", "2023-07", "2023-08", "coup", None),
    ("BFA", "Ouagadougou", "1998-01", "1998-02", "supply", None),
    ("SEN", "Dakar", "2024-06", "2024-06", "uprising", None),
]


def view(known_to: str = ORIGIN, **tables: list[dict[str, object]]) -> View:
    """Look from December 2024 at a panel of a few episodes and rows published without delay."""
    columns = ["iso3", "capital", "start", "end", "kind", "last_confirmed"]
    catalogue = pd.DataFrame(EPISODES, columns=columns).assign(confidence="H", reason="a reason")
    for column in ("start", "end", "last_confirmed"):
        catalogue[column] = pd.to_datetime(catalogue[column]).astype("datetime64[us]")
    frames = {}
    for name, rows in tables.items():
        frame = pd.DataFrame(rows).assign(source="test")
        frame["month"] = pd.to_datetime(frame["month"])
        frames[name] = frame.assign(available_at=calendar.available_at(frame["month"], 0))
    coverage = pd.DataFrame(columns=["table", "iso3", "first", "last", "source"])
    manifest: dict[str, object] = {"vintage": "test", "built_at": "2025-01-15"}
    panel = assemble(frames | {"coverage": coverage}, catalogue, manifest, pd.Timestamp(known_to))
    return as_of(panel, pd.Timestamp(ORIGIN))


def fact(seen: View, iso3: str, name: str, value: float = 1.0, *, raising: bool = True) -> list[tuple[str, float]]:
    feature = features_by_name()[name]
    return list(facts_of(seen).facts({"iso3": iso3, name: value}, feature, feature, raising=raising))


def deaths(iso3: str, by_month: Mapping[str, float]) -> list[dict[str, object]]:
    """A year of deaths in a country, a few in every month not listed none."""
    months = [f"2024-{month:02d}" for month in range(1, 13)]
    empty = {"events_state": 0.0, "events_nonstate": 0.0, "events_onesided": 0.0}
    return [{"iso3": iso3, "month": m, "deaths": by_month.get(m, 0.0)} | empty for m in months]


def test_an_own_episode_that_goes_on_is_named_with_its_city_and_start() -> None:
    assert fact(view(), "MLI", "siege_decayed_60m") == [("siege of Bamako since April 2024", 1.0)]


def test_an_episode_goes_on_beyond_the_month_the_list_is_checked_to() -> None:
    assert fact(view("2024-10"), "MLI", "siege_decayed_60m") == [("siege of Bamako since April 2024", 1.0)]


def test_the_share_of_a_feature_is_shared_out_over_kinds_as_the_feature_weighs_their_age() -> None:
    (siege, of_siege), (coups, of_coups) = fact(view(), "MLI", "onsets_decayed_60m")
    assert siege == "siege of Bamako since April 2024"
    assert coups == "coup in Bamako in August 2020, and 1 before since March 2012"
    weight = [2 ** (-months / 60) for months in (8, 52, 153)]
    assert of_siege == pytest.approx(weight[0] / sum(weight))
    assert of_coups == pytest.approx(sum(weight[1:]) / sum(weight))


def test_what_lowers_a_risk_is_that_nothing_is_known_as_far_as_the_list_is_checked() -> None:
    expected = "no episode of siege, supply or shortage known in Niamey, list checked to October 2024"
    assert fact(view("2024-10"), "NER", "strangulation_onsets_decayed_60m", raising=False) == [(expected, 1.0)]


def test_an_old_episode_that_lowers_a_risk_says_that_nothing_followed() -> None:
    expected = "supply of Ouagadougou cut off from January 1998 to February 1998, none since"
    assert fact(view(), "BFA", "onsets_decayed_60m", raising=False) == [(expected, 1.0)]


def test_the_nearest_and_newest_neighbours_are_named_with_their_distance() -> None:
    [(text, share)] = fact(view(), "BFA", "neighbour_onsets_24m")
    # Niamey, 415 km: e^-.83 x 2^-17/24 = .27; Bamako, 705 km, a siege and a coup long ago: e^-1.41 x 2^-8/24 = .19
    assert text.startswith("coup in Niamey from July 2023 to August 2023, 4")
    assert "; siege of Bamako since April 2024, 7" in text
    assert text.endswith(" km away")
    assert share == 1.0


def test_a_region_is_a_count_with_its_window() -> None:
    expected = "3 spells of disruption began in the other capitals of Western Africa in the 24 months to December 2024"
    assert fact(view(), "BFA", "region_onsets_24m") == [(expected, 1.0)]


def test_deaths_are_counted_up_to_the_newest_month_with_the_month_of_most() -> None:
    seen = view(countries=deaths("MLI", {"2024-03": 120.0, "2024-11": 30.0}))
    expected = "150 deaths in the country in the 12 months to December 2024, most in March 2024"
    assert fact(seen, "MLI", "country_deaths_12m") == [(expected, 1.0)]
    expected = "30 deaths in the country in the 3 months to December 2024, most in November 2024"
    assert fact(seen, "MLI", "country_deaths_3m") == [(expected, 1.0)]


def test_no_deaths_and_no_report_are_different_facts() -> None:
    seen = view(countries=deaths("MLI", {}))
    assert fact(seen, "MLI", "country_deaths_1m") == [("no deaths in the country in December 2024", 1.0)]
    assert fact(view(), "MLI", "country_deaths_1m") == [("deaths in the country not reported", 1.0)]


def test_deaths_in_a_transit_country_come_with_the_corridors_that_cross_it() -> None:
    [(text, _)] = fact(view(countries=deaths("SEN", {"2024-03": 12.0})), "MLI", "transit_deaths_12m")
    assert text.startswith("12 deaths in Senegal in the 12 months to December 2024, in Senegal, on the corridor ")


def test_coups_are_named_by_month() -> None:
    months = {"1991-03": (1.0, 0.0), "2020-08": (1.0, 0.0), "2021-05": (0.0, 1.0), "2024-12": (0.0, 0.0)}
    seen = view(coups=[{"iso3": "MLI", "month": m, "successful": s, "failed": f} for m, (s, f) in months.items()])
    expected = "coups and attempts in Mali in May 2021 and August 2020, 3 since 1950"
    assert fact(seen, "MLI", "coups_decayed_60m") == [(expected, 1.0)]
    assert fact(seen, "NER", "coups_decayed_60m") == [("no coups and attempts in Niger since 1950", 1.0)]


def test_any_other_value_is_told_in_its_unit() -> None:
    [(text, _)] = fact(view(), "MLI", "landlocked")
    assert text == "whether the state has no sea coast: yes"


def explain(writer: FactWriter, parts: Mapping[str, float]) -> list[Fact]:
    """Return the facts of the theme of the past, given contributions of some features and none of the others."""
    row = {"iso3": "MLI"} | dict.fromkeys(feature_names(), 1.0)
    whole = dict.fromkeys(feature_names(), 0.0) | dict(parts)
    return list(next(theme for theme in themes(row, whole, writer) if theme.group == "history").facts)


def test_features_of_the_same_episode_are_one_fact_and_the_rest_makes_up_the_theme() -> None:
    facts = explain(
        facts_of(view()),
        {"siege_decayed_60m": 0.4, "strangulation_onsets_decayed_12m": 0.3, "coup_decayed_60m": 0.2, "state_age": -0.1},
    )
    assert [f.text for f in facts] == [
        "siege of Bamako since April 2024",
        "coup in Bamako in August 2020, and 1 before since March 2012",
        OTHERS,
    ]
    assert [f.contribution for f in facts] == pytest.approx([0.7, 0.2, -0.1])


def test_a_theme_shown_as_one_times_the_odds_has_no_facts() -> None:
    assert explain(facts_of(view()), {"siege_decayed_60m": 0.04}) == []


def test_every_feature_of_every_group_is_a_fact_at_every_capital() -> None:
    seen = view(countries=deaths("MLI", {"2024-03": 12.0}))
    writer = facts_of(seen)
    for iso3 in ("MLI", "FRA", "TUV"):
        for group in groups():
            for feature in group.features.values():
                for raising in (True, False):
                    made = writer.facts({"iso3": iso3, feature.name: np.nan}, feature, feature, raising=raising)
                    assert sum(part for _, part in made) == pytest.approx(1)
                    assert all(text and "nan" not in text for text, _ in made), (feature.name, made)


def test_the_kinds_of_every_feature_are_kinds_of_the_catalogue() -> None:
    assert {kind for f in features_by_name().values() for kind in f.kinds} == {*TARGETS["disruption"], "attack"}
