"""Months, origins, and the first origin that may see a row."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import calendar

MARCH = pd.Timestamp("2024-03-01")


def first_origin(month: str, lag_days: int) -> pd.Timestamp:
    available = calendar.available_at(pd.Series([pd.Timestamp(month)]), lag_days)
    return calendar.month_at(int(calendar.visible_from(available)[0]))


def test_a_month_is_read_as_its_first_day() -> None:
    assert calendar.parse_month("2025-09") == pd.Timestamp("2025-09-01")


@pytest.mark.parametrize("text", ["2025", "2025-13", "2025-00", "Sept 2025", "2025-09-01", ""])
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=f"month '{text}' is not of the form YYYY-MM"):
        calendar.parse_month(text)


def test_months_are_counted_from_january_1989() -> None:
    assert calendar.month_index(pd.Timestamp("1989-01-01")) == 0
    assert calendar.month_index(pd.Timestamp("1988-12-01")) == -1
    assert calendar.month_index(pd.Timestamp("2025-09-01")) == 36 * 12 + 8


@given(st.integers(min_value=-600, max_value=1200))
def test_index_and_month_are_each_others_inverse(index: int) -> None:
    month = calendar.month_at(index)
    assert calendar.month_index(month) == index
    assert calendar.month_indices(pd.Series([month])).tolist() == [index]
    assert calendar.parse_month(f"{month:%Y-%m}") == month


@given(st.integers(min_value=-50, max_value=600), st.integers(min_value=0, max_value=30))
def test_a_range_holds_both_ends_and_every_month_between(first: int, length: int) -> None:
    months = calendar.month_range(calendar.month_at(first), calendar.month_at(first + length))
    assert [calendar.month_index(month) for month in months] == list(range(first, first + length + 1))


def test_knowledge_is_frozen_at_the_first_instant_after_the_origin() -> None:
    assert calendar.as_of(pd.Timestamp("2025-09-01")) == pd.Timestamp("2025-10-01")
    assert calendar.as_of(pd.Timestamp("2025-12-01")) == pd.Timestamp("2026-01-01")


def test_a_row_becomes_knowable_its_lag_after_the_end_of_the_month() -> None:
    available = calendar.available_at(pd.Series([MARCH]), 20)
    assert available.tolist() == [pd.Timestamp("2024-04-21")]


@pytest.mark.parametrize(
    ("lag_days", "origin"),
    [
        (0, "2024-03-01"),  # 1 April 00:00 is the instant at which origin March is frozen
        (1, "2024-04-01"),  # 2 April
        (20, "2024-04-01"),  # 21 April
        (30, "2024-04-01"),  # 1 May 00:00
        (31, "2024-05-01"),  # 2 May
        (45, "2024-05-01"),  # 16 May
    ],
)
def test_a_row_about_march_is_first_seen_at(lag_days: int, origin: str) -> None:
    assert first_origin("2024-03-01", lag_days) == pd.Timestamp(origin)


def test_an_hour_after_midnight_is_after_the_freeze() -> None:
    midnight, later = pd.Timestamp("2024-04-01"), pd.Timestamp("2024-04-01 01:00")
    assert calendar.visible_from(pd.Series([midnight])).tolist() == [calendar.month_index(MARCH)]
    assert calendar.visible_from(pd.Series([later])).tolist() == [calendar.month_index(MARCH) + 1]


@given(st.datetimes(min_value=pd.Timestamp("1989-02-01"), max_value=pd.Timestamp("2060-01-01")))
def test_the_first_origin_that_sees_a_row_is_the_first_frozen_no_earlier(available: pd.Timestamp) -> None:
    instant = pd.Timestamp(available)
    origin = int(calendar.visible_from(pd.Series([instant]))[0])
    assert calendar.as_of(calendar.month_at(origin)) >= instant
    assert calendar.as_of(calendar.month_at(origin - 1)) < instant


def test_months_that_follow_each_other_are_one_run() -> None:
    months = [pd.Timestamp(m) for m in ("2020-12-01", "2021-01-01", "2021-03-01")]
    assert calendar.month_runs(months) == [(months[0], months[1]), (months[2], months[2])]
    assert calendar.month_runs([]) == []


def test_absent_months_up_to_the_quiet_ones_do_not_end_a_run() -> None:
    assert calendar.runs([7, 3, 4, 4]) == [(3, 4), (7, 7)]
    assert calendar.runs([3, 4, 7], quiet=1) == [(3, 4), (7, 7)]
    assert calendar.runs([3, 4, 7], quiet=2) == [(3, 7)]
