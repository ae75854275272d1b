"""Coups: both layouts, outcomes and the publisher's known mistakes."""

import pandas as pd

from data.settings import REPOSITORY
from data.sources.powell_thyne import parse

SAMPLES = REPOSITORY / "tests" / "samples" / "powell_thyne"


def coups(name: str) -> set[tuple[str, str, str]]:
    rows = parse((SAMPLES / name).read_bytes(), name).rows
    return set(zip(rows["iso3"], rows["date"].dt.strftime("%Y-%m-%d"), rows["outcome"], strict=True))


def test_one_is_failed_and_two_is_successful():
    found = coups("powell_thyne_coups_final.txt")
    assert {("MLI", "2001-02-03", "failed"), ("BFA", "2002-09-11", "successful")} <= found


def test_states_that_are_no_more_keep_their_old_codes():
    assert ("YMD", "1981-01-23", "successful") in coups("powell_thyne_coups_final.txt")


def test_a_month_with_both_outcomes_gives_two_rows():
    found = coups("coups_iso3_month.csv")
    assert {("TCD", "2005-06-01", "successful"), ("TCD", "2005-06-01", "failed")} <= found


def test_known_mistakes_are_put_right_and_told():
    found = coups("powell_thyne_coups_final.txt")
    assert ("NER", "2023-07-26", "successful") in found
    assert ("NER", "2023-06-26", "successful") not in found
    parsed = parse((SAMPLES / "coups_iso3_month.csv").read_bytes(), "coups_iso3_month.csv")
    assert parsed.corrected == ["row 2: BGD 1999-10-01 is PAK 1999-10-12"]
    assert parsed.rows["iso3"].tolist().count("PAK") == 1


def test_the_version_column_is_the_vintage_and_a_coup_is_known_after_two_weeks():
    parsed = parse((SAMPLES / "powell_thyne_coups_final.txt").read_bytes(), "x.txt")
    assert parsed.vintage == "V2025.03.01"
    first = parsed.rows.iloc[0]
    assert first["available_at"] == pd.Timestamp("2001-03-01") + pd.Timedelta(days=14)
