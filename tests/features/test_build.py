"""The one path from panel to features: keys, types, flags, and rows that do not depend on their company."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.panel.panel import Panel
from data.panel.view import View, as_of
from features import registry
from features.base import Feature, Group, decayed, described, months_since
from features.build import KEYS, build, build_one, feature_names, group_of
from features.freshness import flags
from features.geography import neighbour_weights, region_mean, weighted_neighbours

ORIGINS = [pd.Timestamp(month) for month in ("1999-12-01", "2011-06-01", "2011-07-01", "2020-12-01", "2025-08-01")]
NAN = float("nan")


@pytest.fixture(scope="module")
def together(starter: Panel) -> pd.DataFrame:
    return build(starter, ORIGINS)


def test_columns_are_the_keys_and_then_every_feature_as_float32(together: pd.DataFrame) -> None:
    assert list(together.columns) == KEYS + feature_names()
    assert set(together[feature_names()].dtypes) == {np.dtype(np.float32)}
    assert not together.duplicated(["origin", "iso3"]).any()
    assert set(together["origin"]) == set(ORIGINS)


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_row_is_the_same_alone_as_among_other_origins(
    starter: Panel, together: pd.DataFrame, origin: pd.Timestamp
) -> None:
    alone = build(starter, [origin])
    among = together[together["origin"] == origin].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among, check_exact=True)
    pd.testing.assert_frame_equal(build_one(starter, origin), among, check_exact=True)


def test_the_order_in_which_origins_are_asked_for_changes_no_row(starter: Panel, together: pd.DataFrame) -> None:
    backwards = build(starter, ORIGINS[::-1]).sort_values(["origin", "iso3"], ignore_index=True)
    forwards = together.sort_values(["origin", "iso3"], ignore_index=True)
    pd.testing.assert_frame_equal(backwards, forwards, check_exact=True)


def test_a_state_has_rows_from_the_month_it_came_into_being(together: pd.DataFrame) -> None:
    origins = set(together.loc[together["iso3"] == "SSD", "origin"])
    assert origins == {o for o in ORIGINS if o >= pd.Timestamp("2011-07-01")}


def test_no_origin_at_all_is_refused(starter: Panel) -> None:
    with pytest.raises(ValueError, match="no origin given: pass at least one month inside the panel"):
        build(starter, [])


def test_a_feature_belongs_to_one_group() -> None:
    owners = group_of()
    assert set(owners) == set(feature_names())
    assert all(name in owners[name].features for name in owners)


def constant(name: str, *computed: str, declared: tuple[str, ...]) -> Group:
    def compute(view: View) -> dict[str, np.ndarray]:
        return dict.fromkeys(computed, view.empty)

    return Group(name, name, described(*(Feature(each, "a number without meaning") for each in declared)), compute)


@pytest.mark.parametrize(("computed", "declared"), [(("a", "b"), ("a",)), (("a",), ("a", "b"))])
def test_a_group_that_makes_other_features_than_it_describes_is_refused(
    starter: Panel, monkeypatch: pytest.MonkeyPatch, computed: tuple[str, ...], declared: tuple[str, ...]
) -> None:
    monkeypatch.setattr("features.build.groups", lambda: (constant("odd", *computed, declared=declared),))
    with pytest.raises(
        ValueError, match=re.escape("feature group odd: ['b'] computed or declared, not both; declare every feature")
    ):
        build_one(starter, ORIGINS[0])


def test_two_groups_may_not_make_the_same_feature(monkeypatch: pytest.MonkeyPatch) -> None:
    from features.groups import coups, media

    monkeypatch.setattr(media, "GROUP", constant("media", "coups_24m", declared=("coups_24m",)))
    assert "coups_24m" in coups.FEATURES
    registry.groups.cache_clear()
    with pytest.raises(ValueError, match="feature coups_24m is declared by coups and media; rename one"):
        registry.groups()
    registry.groups.cache_clear()


def news(month: str, iso3: str = "MLI") -> dict[str, object]:
    return {"iso3": iso3, "month": month, "conflict_events": 1, "protest_events": 1, "goldstein_mean": 0.0}


@pytest.mark.parametrize(
    ("month", "word"),
    [("2024-12", ""), ("2024-11", "stale:media"), ("2024-06", "stale:media"), ("2024-05", "missing:media")],
)
def test_flags_tell_late_feeds_from_missing_ones(view_of: Callable[..., View], month: str, word: str) -> None:
    words = flags(view_of(media=[news(month)]))["MLI"].split()
    assert [w for w in words if w.endswith(":media")] == ([word] if word else [])
    assert {"missing:countries", "missing:prices", "missing:rings"} <= set(words)


def test_a_feed_is_late_only_beyond_its_cadence_and_publication_lag(view_of: Callable[..., View]) -> None:
    def shock(month: str) -> dict[str, object]:
        values = dict.fromkeys(("change_1m", "vs_median_6m", "change_1m_net"), 0.0)
        return {"iso3": "MLI", "month": month, "group": "fuel", "series": 1, "in_capital": True, **values}

    for month, late in (("2024-10", False), ("2024-09", True)):  # prices are allowed two months
        assert ("stale:prices" in flags(view_of(prices=[shock(month)]))["MLI"]) == late


def test_flags_differ_from_capital_to_capital(view_of: Callable[..., View]) -> None:
    found = flags(view_of(media=[news("2024-12"), news("2024-06", "NER")]))
    assert "media" not in found["MLI"]
    assert "stale:media" in found["NER"]
    assert "missing:media" in found["TCD"]


def test_flags_of_the_rows_are_those_of_their_view(starter: Panel, together: pd.DataFrame) -> None:
    rows = together[together["origin"] == ORIGINS[-1]].set_index("iso3")["flags"]
    expected = flags(as_of(starter, ORIGINS[-1]))
    assert rows.to_dict() == expected[rows.index].to_dict()


def test_decay_halves_by_half_life_and_unknown_months_add_nothing() -> None:
    window = np.array([[8, 0, 4, 2], [NAN, NAN, NAN, 2], [NAN] * 4], np.float32)
    # half-life of one month: 8/8 + 0/4 + 4/2 + 2/1 = 5
    np.testing.assert_allclose(decayed(window, 1), [5, 2, NAN])


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(1, 60))
def test_months_since_is_the_age_of_the_last_mark_up_to_its_limit(marks: list[bool], limit: int) -> None:
    ages = [age for age, mark in enumerate(reversed(marks)) if mark]
    expected = min(ages[0] if ages else len(marks), limit)
    assert months_since(np.array([marks]), limit).tolist() == [expected]


PLACES = pd.DataFrame(
    {"latitude": [0.0, 4.5, 60.0, 0.0], "longitude": [0.0, 0.0, 100.0, 13.4], "region": ["A", "A", "B", "A"]}
)
"""Two capitals 500 km apart (4.5 degrees), one alone in the north, one 1,490 km from the first."""


def test_neighbours_weigh_less_with_distance_and_nothing_beyond_1500_km() -> None:
    weights = neighbour_weights(PLACES)
    assert weights[0, 1] == pytest.approx(np.exp(-1), rel=0.01)
    assert weights[0, 3] == pytest.approx(np.exp(-1490 / 500), rel=0.01)
    assert weights[1, 3] == 0.0  # 1,571 km
    assert not weights[2].any()
    np.testing.assert_array_equal(weights, weights.T)
    np.testing.assert_array_equal(np.diag(weights), 0)


def test_neighbours_of_whom_nothing_is_known_are_nan_and_never_zero() -> None:
    nan = np.full(4, NAN, np.float32)
    assert np.isnan(weighted_neighbours(PLACES, nan)).all()
    second_alone = np.array([NAN, 10, NAN, NAN], np.float32)
    # the first hears of the second; the second knows of nobody; the third has no neighbours at all
    np.testing.assert_allclose(weighted_neighbours(PLACES, second_alone), [10 * np.exp(-1), NAN, 0, NAN], rtol=0.01)


def test_a_regions_mean_leaves_out_the_capital_itself_and_the_unknown() -> None:
    found = region_mean(PLACES, np.array([1, 3, 5, NAN], np.float32))
    np.testing.assert_allclose(found, [3, 1, NAN, 2])  # (3), (1), nobody else in B, (1 + 3) / 2


def test_a_held_vintage_flags_the_origins_from_the_month_before_it_came(starter: Panel) -> None:
    held = [{"source": "ucdp_ged", "snapshot": "0123456789ab", "retrieved_at": "2025-09-25T08:00:00+00:00"}]
    panel = replace(starter, manifest={**starter.manifest, "held": held})
    assert "held:ucdp_ged" not in flags(as_of(panel, pd.Timestamp("2025-07-01")))["MLI"].split()
    assert all("held:ucdp_ged" in words.split() for words in flags(as_of(panel, pd.Timestamp("2025-08-01"))))
