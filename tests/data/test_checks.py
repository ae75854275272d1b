"""A new snapshot against the last good one."""

import pandas as pd

from data.checks import compare, held_message

HEADER = ["id", "date", "best"]


def rows(**counts: int) -> pd.DataFrame:
    months = [month.replace("_", "-")[1:] + "-05" for month, count in counts.items() for _ in range(count)]
    return pd.DataFrame({"date": pd.to_datetime(months)})


def failures(new: pd.DataFrame, last: pd.DataFrame, header: list[str] = HEADER) -> list[str]:
    return [check.message for check in compare(new, last, header, HEADER) if not check.passed]


def test_more_rows_and_more_months_pass():
    assert failures(rows(m2024_01=110, m2024_02=5), rows(m2024_01=100)) == []


def test_a_month_that_lost_more_than_a_twentieth_and_two_rows_fails_with_both_counts():
    assert failures(rows(m2024_01=94), rows(m2024_01=100)) == ["months shrunk: 2024-01: 94 rows, 100 before"]
    assert failures(rows(m2024_01=95), rows(m2024_01=100)) == []
    assert failures(rows(m2024_01=3), rows(m2024_01=5)) == []


def test_a_month_that_is_gone_fails():
    assert failures(rows(m2024_02=9), rows(m2024_01=7, m2024_02=9)) == ["months missing: 2024-01: 0 rows, 7 before"]


def test_a_column_that_is_gone_fails_even_if_no_row_is_lost():
    assert failures(rows(m2024_01=1), rows(m2024_01=1), ["id", "date"]) == ["columns gone: best"]


def test_yearly_tables_are_compared_by_year():
    last = pd.DataFrame({"year": [2022, 2023]})
    assert failures(pd.DataFrame({"year": [2022]}), last) == ["months missing: 2023: 0 rows, 1 before"]


def test_a_long_list_is_cut_after_three():
    last = rows(m2024_01=1, m2024_02=1, m2024_03=1, m2024_04=1, m2024_05=1)
    assert failures(rows(m2024_05=1), last)[0].endswith("2024-03: 0 rows, 1 before and 1 more")


def test_the_message_names_the_command_that_accepts():
    failed = [check for check in compare(rows(m2024_02=1), rows(m2024_01=1), HEADER, HEADER) if not check.passed]
    message = held_message(failed, "GEDEvent_v25_1.csv", "0123456789ab")
    assert message.startswith("GEDEvent_v25_1.csv is held and the last good snapshot stays in use: months missing")
    assert message.endswith("chokepoint ingest --accept 0123456789ab")
