"""Where a missing row means zero."""

import pandas as pd

from data.sources.shared.coverage import census, full_span, per_country

CODES = [f"{a}{b}A" for a in "ABCDEF" for b in "ABCDEF"]


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def events(*parts: tuple[list[str], list[str]]) -> tuple[pd.Series, pd.Series]:
    pairs = [(code, pd.Timestamp(month)) for codes, months in parts for code in codes for month in months]
    return pd.Series([p[0] for p in pairs], dtype="str"), pd.Series([p[1] for p in pairs])


def test_fifteen_countries_in_four_of_five_months_cover_the_world_all_along():
    months = ["2020-01-09", "2020-02-09", "2020-03-09", "2020-05-09"]
    assert census(*events((CODES[:15], months))) == [("*", day("2020-01"), day("2020-05"))]


def test_below_that_share_single_months_with_thirty_countries_count_and_neighbours_merge():
    world = (CODES[:30], ["2020-01-09", "2020-02-09", "2021-01-09"])
    assert census(*events(world)) == [
        ("*", day("2020-01"), day("2020-02")),
        ("*", day("2021-01"), day("2021-01")),
    ]


def test_a_country_with_a_year_of_months_has_a_history_from_first_to_last():
    months = [f"2010-{m:02d}-01" for m in range(1, 12)] + ["2013-06-01"]
    assert census(*events((["MLI"], months))) == [("MLI", day("2010-01"), day("2013-06"))]


def test_a_few_late_additions_to_earlier_months_are_no_history():
    candidate = events((CODES[:30], ["2023-10-09"]), (["MLI"], ["2023-02-09", "2023-09-09"]))
    assert census(*candidate) == [("*", day("2023-10"), day("2023-10"))]


def test_zero_filled_tables_cover_each_country_from_its_first_to_its_last_month():
    iso3, month = events((["MLI"], ["2020-01-01", "2020-04-01"]), (["NER"], ["2020-02-01"]))
    assert per_country(iso3, month) == [
        ("MLI", day("2020-01"), day("2020-04")),
        ("NER", day("2020-02"), day("2020-02")),
    ]
    assert full_span(iso3, month) == [
        ("MLI", day("2020-01"), day("2020-04")),
        ("NER", day("2020-01"), day("2020-04")),
    ]
