"""Training rows: what followed each origin, cut where it had not been published."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from features.build import feature_names
from training.dataset.rows import LabelledRows, label_rows, person_periods, usable_features
from training.dataset.target import outcomes


def literal_rows(origin_index: list[int], calm: list[bool], first_onset: list[int]) -> LabelledRows:
    """Return rows with the same outcome for every target."""
    return LabelledRows(
        pd.DataFrame({"iso3": ["MLI"] * len(origin_index)}),
        {t: np.array(calm, bool) for t in TARGETS},
        {t: np.array(first_onset, np.int64) for t in TARGETS},
        np.array(origin_index, np.int64),
    )


def lines(rows: LabelledRows, labels_until: int, quiet_block: int = 1) -> list[tuple[int, int, float, float]]:
    p = person_periods(rows, "fighting", labels_until, quiet_block, seed=0)
    return list(zip(p.row.tolist(), p.month_ahead.tolist(), p.onset.tolist(), p.weight.tolist(), strict=True))


def test_what_followed_is_attached_to_each_row(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of([("MLI", "coup", "2000-06", "2000-07", "H"), ("TCD", "siege", "2001-12", "2001-12", "H")])
    origins = pd.to_datetime(["2000-05", "2000-06", "2000-05"])
    rows = label_rows(panel, pd.DataFrame({"origin": origins, "iso3": ["MLI", "MLI", "TCD"]}), outcomes(panel))
    assert rows.first_onset["seizure"].tolist() == [1, 1, 13]
    assert rows.calm["seizure"].tolist() == [True, False, True]
    assert rows.calm["fighting"].tolist() == [True, True, True]
    assert rows.origin_index.tolist() == [calendar.month_index(o) for o in origins]


def test_months_at_risk_end_with_the_onset() -> None:
    # onset in the third month: two quiet months, then the onset, and nothing after
    assert lines(literal_rows([100], [True], [3]), 200) == [(0, 1, 0, 1), (0, 2, 0, 1), (0, 3, 1, 1)]


def test_a_row_without_onset_is_at_risk_for_twelve_months() -> None:
    assert [month for _, month, *_ in lines(literal_rows([100], [True], [13]), 200)] == list(range(1, 13))


def test_a_row_in_an_episode_is_not_at_risk() -> None:
    assert lines(literal_rows([100], [False], [1]), 200) == []


def test_nothing_after_the_last_published_month_is_used() -> None:
    rows = literal_rows([100, 100, 102], [True, True, True], [13, 3, 13])
    # published up to month 102: two months after origin 100, none after origin 102; the onset in 103 is not out yet
    assert lines(rows, 102) == [(0, 1, 0, 1), (0, 2, 0, 1), (1, 1, 0, 1), (1, 2, 0, 1)]


def test_months_that_nobody_has_reviewed_are_not_used_as_quiet() -> None:
    rows = replace(literal_rows([100], [True], [13]), known_to=102)
    assert lines(rows, 200) == [(0, 1, 0, 1), (0, 2, 0, 1)]


def test_an_onset_in_the_last_published_month_is_used() -> None:
    assert lines(literal_rows([100], [True], [3]), 103)[-1] == (0, 3, 1, 1)
    assert lines(literal_rows([100], [True], [3]), 102)[-1] == (0, 2, 0, 1)


def test_rows_known_at_a_month_are_those_with_at_least_one_published_month_ahead() -> None:
    rows = literal_rows([99, 100, 101], [True] * 3, [13] * 3)
    assert rows.known_at(101).origin_index.tolist() == [99, 100]


def test_take_keeps_every_array_in_step() -> None:
    taken = literal_rows([99, 100, 101], [True, False, True], [1, 2, 3]).take(np.array([False, True, True]))
    assert taken.origin_index.tolist() == [100, 101]
    assert taken.calm["seizure"].tolist() == [False, True]
    assert taken.first_onset["disruption"].tolist() == [2, 3]
    assert len(taken.features) == 2


def test_quiet_months_that_are_kept_weigh_for_those_that_are_not() -> None:
    rows = literal_rows([100] * 2000, [True] * 2000, [13] * 1900 + [12] * 100)
    p = person_periods(rows, "fighting", 200, 10, seed=1)
    # 1900 * 12 + 100 * 11 = 23,900 quiet months in 2,390 blocks of ten; one month of each block stands for all ten
    assert p.weight[p.onset == 0].sum() == 23_900
    assert len(p.weight[p.onset == 0]) == 2_390
    assert p.onset.sum() == p.weight[p.onset == 1].sum() == 100


def test_blocks_of_twelve_keep_one_month_of_every_calm_row() -> None:
    p = person_periods(literal_rows([100] * 30, [True] * 30, [13] * 30), "fighting", 200, 12, seed=3)
    assert p.row.tolist() == list(range(30))


def test_the_sample_depends_on_the_seed_alone() -> None:
    rows = literal_rows([100] * 50, [True] * 50, [13] * 50)
    first, again, other = (person_periods(rows, "fighting", 200, 3, seed) for seed in (1, 1, 2))
    assert first.month_ahead.tolist() == again.month_ahead.tolist()
    assert first.month_ahead.tolist() != other.month_ahead.tolist()


def test_a_feature_whose_feed_has_ended_is_not_used() -> None:
    gone, begun, halved, thinned, never = (names := feature_names())[:5]
    frame = pd.DataFrame(1.0, index=range(8), columns=names)
    origins = np.array([1, 1, 1, 1, 2, 2, 2, 2])
    frame.loc[origins == 2, gone] = np.nan
    frame.loc[origins == 1, begun] = np.nan
    frame.loc[[4, 5], halved] = np.nan  # 2 of 4 at the newest origin, 6 of 8 in all: 1/2 is more than half of 3/4
    frame.loc[[4, 5, 6], thinned] = np.nan  # 1 of 4 against 5 of 8: 1/4 is less than half of 5/8
    frame[never] = np.nan
    nothing = {t: np.zeros(8, np.int64) for t in TARGETS}
    used = usable_features(LabelledRows(frame, {t: n > 0 for t, n in nothing.items()}, nothing, origins))
    assert set(names) - set(used) == {gone, thinned, never}
    assert used == [name for name in names if name in used]


def test_a_feature_that_few_units_have_is_not_used() -> None:
    few, enough = (names := feature_names())[:2]
    frame = pd.DataFrame(1.0, index=range(10), columns=names)
    frame.loc[1:, few] = np.nan  # 1 of 10: it would say which unit this is
    frame.loc[2:, enough] = np.nan  # 2 of 10
    nothing = {t: np.zeros(10, np.int64) for t in TARGETS}
    used = usable_features(LabelledRows(frame, {t: n > 0 for t, n in nothing.items()}, nothing, np.ones(10, np.int64)))
    assert set(names) - set(used) == {few}


@given(
    st.lists(st.tuples(st.integers(80, 120), st.booleans(), st.integers(1, 13)), min_size=1, max_size=20),
    st.integers(75, 140),
    st.sampled_from([1, 2, 20]),
)
def test_every_published_onset_is_kept_and_nothing_unpublished_is(
    rows: list[tuple[int, bool, int]], until: int, block: int
) -> None:
    origin, calm, first = (list(column) for column in zip(*rows, strict=True))
    p = person_periods(literal_rows(origin, calm, first), "fighting", until, block, seed=3)
    published = sum(c and f <= 12 and o + f <= until for o, c, f in rows)
    assert p.onset.sum() == published
    assert all(origin[row] + month <= until for row, month in zip(p.row, p.month_ahead, strict=True))
    assert all(calm[row] and month <= first[row] for row, month in zip(p.row, p.month_ahead, strict=True))
    quiet = sum(c * min(12, f - 1 if f <= 12 else 12, max(until - o, 0)) for o, c, f in rows)
    assert p.weight[p.onset == 0].sum() == quiet
