"""Deaths in our tables against UCDP's own yearly totals, on two countries and four years."""

import math

import pandas as pd

from data.compile.ucdp_totals import country_year_agreement

SOURCE = "ucdp_country_month"


def official(*rows: tuple[str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["iso3", "year", "deaths"])


def deaths(*rows: tuple[str, str, float], **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["iso3", "month", "deaths"])
    return frame.assign(month=pd.to_datetime(frame["month"]), **columns)


def covers(*spans: tuple[str, str, str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(spans, columns=["source", "table", "iso3", "first", "last"])
    return frame.assign(first=pd.to_datetime(frame["first"]), last=pd.to_datetime(frame["last"]))


WORLD = covers((SOURCE, "countries", "*", "2020-01-01", "2021-12-01"))


def line(tables: dict[str, pd.DataFrame], truth: pd.DataFrame, spans: pd.DataFrame, name: str) -> dict[str, object]:
    found = country_year_agreement(tables, truth, spans).set_index("table")
    return dict(found.loc[name])


def test_deaths_are_added_up_by_year_and_set_against_the_total() -> None:
    ours = deaths(
        ("MLI", "2020-01-01", 60.0), ("MLI", "2020-12-01", 40.0), ("MLI", "2021-05-01", 95.0), ("NER", "2020-03-01", 10.0),
        source=SOURCE,
    )  # fmt: skip
    truth = official(("MLI", 2020, 100.0), ("MLI", 2021, 100.0), ("NER", 2020, 20.0), ("NER", 2021, 5.0))
    assert line({"countries": ours}, truth, WORLD, SOURCE) == {
        "years": "2020-2021",
        "country_years": 4,
        "deaths": 205.0,  # 60 + 40 + 95 + 10
        "ucdp_deaths": 225.0,
        "ratio": 205 / 225,
        "equal": 1 / 4,  # Mali 2020
        "within_10pct": 2 / 4,  # and Mali 2021: 95 of 100
    }


def test_country_years_without_deaths_say_nothing_and_are_left_out() -> None:
    ours = deaths(("MLI", "2020-01-01", 100.0), source=SOURCE)
    truth = official(("MLI", 2020, 100.0), ("NER", 2020, 0.0))
    assert line({"countries": ours}, truth, WORLD, SOURCE)["country_years"] == 1


def test_only_whole_years_inside_the_coverage_are_compared() -> None:
    ours = deaths(("MLI", "2020-06-01", 100.0), ("MLI", "2021-06-01", 50.0), ("MLI", "2022-06-01", 9.0), source=SOURCE)
    truth = official(*(("MLI", year, 100.0) for year in (2019, 2020, 2021, 2022)))
    halves = covers((SOURCE, "countries", "MLI", "2019-02-01", "2021-11-01"))
    found = line({"countries": ours}, truth, halves, SOURCE)
    assert (found["years"], found["deaths"]) == ("2020-2020", 100.0)


def test_a_country_outside_the_coverage_is_not_counted_as_missed() -> None:
    ours = deaths(("MLI", "2020-06-01", 100.0), source=SOURCE)
    truth = official(("MLI", 2020, 100.0), ("NER", 2020, 700.0))
    mali = covers((SOURCE, "countries", "MLI", "2020-01-01", "2020-12-01"))
    assert line({"countries": ours}, truth, mali, SOURCE)["ratio"] == 1.0


def test_each_country_source_is_held_to_its_own_coverage() -> None:
    totals = "ucdp_country_month_totals"
    ours = pd.concat(
        [deaths(("MLI", "2020-06-01", 100.0), source=SOURCE), deaths(("MLI", "2021-06-01", 50.0), source=totals)]
    )
    truth = official(("MLI", 2020, 100.0), ("MLI", 2021, 50.0))
    spans = covers(
        (SOURCE, "countries", "*", "2020-01-01", "2020-12-01"), (totals, "countries", "*", "2021-01-01", "2021-12-01")
    )
    for source, year in ((SOURCE, "2020-2020"), (totals, "2021-2021")):
        found = line({"countries": ours}, truth, spans, source)
        assert (found["years"], found["ratio"]) == (year, 1.0)


def test_rings_count_the_countrys_own_events_only_and_follow_the_events_coverage() -> None:
    rings = deaths(("MLI", "2020-06-01", 80.0), ("MLI", "2020-06-01", 500.0)).assign(abroad=[False, True])
    spans = covers(("ucdp_ged", "events", "*", "2020-01-01", "2020-12-01"))
    assert line({"rings": rings}, official(("MLI", 2020, 100.0)), spans, "rings")["ratio"] == 0.8


def test_districts_follow_their_own_coverage() -> None:
    districts = deaths(("MLI", "2020-06-01", 90.0))
    spans = covers(
        ("ucdp_district_month", "districts", "MLI", "2020-01-01", "2020-12-01"),
        ("ucdp_ged", "events", "*", "2020-01-01", "2021-12-01"),
    )
    truth = official(("MLI", 2020, 100.0), ("MLI", 2021, 100.0))
    found = line({"districts": districts}, truth, spans, "districts")
    assert (found["country_years"], found["within_10pct"]) == (1, 1.0)


def test_a_table_that_covers_no_official_year_says_so_with_nan() -> None:
    ours = deaths(("MLI", "2025-06-01", 80.0), source=SOURCE)
    found = line({"countries": ours}, official(("MLI", 2024, 100.0)), WORLD, SOURCE)
    assert (found["years"], found["country_years"]) == ("none", 0)
    assert math.isnan(float(str(found["ratio"])))
