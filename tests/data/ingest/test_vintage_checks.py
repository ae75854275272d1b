"""A new snapshot against the last good one."""

from dataclasses import replace

import pandas as pd

from data.ingest.vintage_checks import ParsedVintage, code_meanings, compare_vintages, quarantine_message
from data.sources.registry import sources
from data.sources.shared.source import RevisionTolerance, Source

HEADER = ["id", "date", "best"]
GED = replace(sources()["ucdp_ged"], table="coups", known_release="")
"""Its codes alone: coups have no number that could be revised."""
COUPS = sources()["powell_thyne"]
WFP = replace(sources()["wfp_prices"], table="coups")
TOTALS = sources()["ucdp_country_month_totals"]


def rows(**counts: int) -> pd.DataFrame:
    months = [month.replace("_", "-")[1:] + "-05" for month, count in counts.items() for _ in range(count)]
    return pd.DataFrame({"date": pd.to_datetime(months)})


def failures(new: pd.DataFrame, last: pd.DataFrame, header: list[str] = HEADER) -> list[str]:
    return failed(
        ParsedVintage(new, frozenset(header)), ParsedVintage(last, frozenset(HEADER)), replace(COUPS, codes=())
    )


def failed(new: ParsedVintage, last: ParsedVintage, source: Source = COUPS) -> list[str]:
    return [check.message for check in compare_vintages(new, last, source) if not check.passed]


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


def test_a_month_without_rows_inside_a_file_that_has_all_others_is_a_gap():
    year = {f"m2024_{month:02d}": 3 for month in range(1, 13)}
    longer = year | {f"m2025_{month:02d}": 3 for month in (1, 2, 4)}
    assert failures(rows(**longer), rows(**year)) == ["months without rows inside the file: 2025-03"]
    assert failures(rows(**longer), rows(**longer)) == []
    assert failures(rows(m2024_01=1, m2024_06=1, m2024_09=1), rows(m2024_01=1, m2024_06=1)) == []


def test_a_renamed_column_fails_and_an_added_one_is_told():
    same = rows(m2024_01=1)
    assert failures(same, same, ["id", "date", "deaths"]) == ["columns gone: best; columns new: deaths; renamed?"]
    added = compare_vintages(
        ParsedVintage(same, frozenset([*HEADER, "high"])),
        ParsedVintage(same, frozenset(HEADER)),
        replace(COUPS, codes=()),
    )
    assert [(c.passed, c.message) for c in added if c.name == "columns"] == [(True, "columns new: high")]


def deaths(*values: float) -> ParsedVintage:
    months = pd.date_range("2024-01-01", periods=len(values), freq="MS")
    return ParsedVintage(pd.DataFrame({"iso3": "MLI", "month": months, "deaths": values}), frozenset(HEADER))


def test_revisions_within_the_sources_tolerance_are_told_and_beyond_it_fail():
    lenient = replace(TOTALS, codes=(), revision=RevisionTolerance(by=0.1, share=0.25))
    one, two = deaths(10, 10, 10, 20), deaths(10, 10, 20, 20)
    found = [c for c in compare_vintages(one, deaths(10, 10, 10, 10), lenient) if c.name == "revised values"]
    said = "values revised by more than 10%: 1 of 4 (25.0%) in 1 months, median 50%, sum +25.0%"
    assert [(c.passed, c.message) for c in found] == [(True, said)]
    assert failed(two, deaths(10, 10, 10, 10), lenient) == [
        "values revised by more than 10%: 2 of 4 (50.0%) in 2 months, median 50%, sum +50.0%"
    ]
    assert failed(deaths(11, 11, 11, 11), deaths(10, 10, 10, 10), lenient) == []  # 1 of 11 is less than a tenth


def test_a_yearly_release_newer_than_any_known_is_asked_about_until_one_was_accepted():
    known = replace(GED, known_release="25.1", codes=())
    ids = {"event_id": ["1"], "date": pd.to_datetime(["2024-01-05"]), "deaths": [1.0]}

    def issue(release: str) -> ParsedVintage:
        return ParsedVintage(pd.DataFrame(ids), frozenset(HEADER), release)

    assert failed(issue("26.1"), issue("25.1"), known) == [
        "release 26.1 is newer than 25.1, the newest known; is this a new version of the data?"
    ]
    assert failed(issue("26.0.2"), issue("26.1"), known) == []
    assert failed(issue("to 2026-05"), issue("25.1"), known) == []


def coded(source: Source, **columns: list[str]) -> ParsedVintage:
    frame = pd.DataFrame(columns)
    header = frozenset(frame.columns)
    return ParsedVintage(
        rows(m2024_01=1), header, codes=code_meanings(lambda wanted: frame[list(wanted)], header, source)
    )


def test_an_event_in_another_country_and_a_code_with_another_name_fail():
    last = coded(GED, id=["7", "8"], country_id=["432", "625"], country=["Mali", "Sudan"])
    assert failed(coded(GED, id=["7", "8"], country_id=["625", "625"], country=["Sudan", "Sudan"]), last, GED) == [
        "codes with another meaning: id 7 is country_id 625, was 432"
    ]
    assert failed(coded(GED, id=["7", "8"], country_id=["432", "625"], country=["Niger", "Sudan"]), last, GED) == [
        "codes with another meaning: country_id 432 is country Niger, was Mali"
    ]


def test_a_series_in_another_currency_fails_and_one_in_a_further_unit_does_not():
    def series(*units: str, currency: str = "XOF") -> ParsedVintage:
        many = len(units)
        return coded(
            WFP,
            market=["Bamako"] * many,
            commodity=["Fuel (diesel)"] * many,
            pricetype=["Retail"] * many,
            unit=list(units),
            currency=[currency] * many,
        )

    assert failed(series("L", "Gallon"), series("L"), WFP) == []
    assert failed(series("L", currency="USD"), series("L"), WFP) == [
        "codes with another meaning: market commodity pricetype Bamako Fuel (diesel) Retail is unit currency L USD, was L XOF"
    ]


def test_a_layout_without_the_columns_tells_nothing_of_codes():
    last = coded(GED, id=["7"], country_id=["432"], country=["Mali"])
    assert failed(replace_header(coded(GED, id=["7"], country=["Niger"]), last), last, GED) == []


def replace_header(vintage: ParsedVintage, other: ParsedVintage) -> ParsedVintage:
    return replace(vintage, header=other.header)


def test_the_message_names_the_command_that_accepts():
    same = frozenset(HEADER)
    checks = compare_vintages(
        ParsedVintage(rows(m2024_02=1), same), ParsedVintage(rows(m2024_01=1), same), replace(COUPS, codes=())
    )
    message = quarantine_message([c for c in checks if not c.passed], "GEDEvent_v25_1.csv", "0123456789ab")
    assert message.startswith(
        "GEDEvent_v25_1.csv is quarantined and the last good snapshot stays in use: months missing"
    )
    assert message.endswith("chokepoint ingest --accept 0123456789ab")
