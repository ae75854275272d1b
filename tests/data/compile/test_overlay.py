"""A panel of one's own over the starter panel."""

import pandas as pd

from data.compile.overlay import overlay


def months(*rows: tuple[str, str, float], **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["iso3", "month", "deaths"])
    return frame.assign(month=pd.to_datetime(frame["month"]), **columns)


def spans(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["table", "iso3", "first", "last"])
    return frame.assign(first=pd.to_datetime(frame["first"]), last=pd.to_datetime(frame["last"]))


def said(table: pd.DataFrame) -> list[tuple[str, str, float]]:
    ordered = table.sort_values(["iso3", "month"])
    return [(r.iso3, f"{r.month:%Y-%m}", r.deaths) for r in ordered.itertuples()]


def test_inside_its_own_spans_a_census_tells_all_and_outside_nothing() -> None:
    starter = {"rings": months(("MLI", "2020-01", 1.0), ("MLI", "2020-02", 2.0)), "coverage": spans()}
    own = {
        # Niger's row lies outside: what spilled over from Mali's file is not all there was.
        "rings": months(("MLI", "2020-03", 9.0), ("NER", "2020-02", 5.0)),
        "coverage": spans(("events", "MLI", "2020-02", "2020-03")),
    }
    made = overlay(starter, own)
    assert said(made["rings"]) == [("MLI", "2020-01", 1.0), ("MLI", "2020-03", 9.0)]  # February had none
    assert len(made["coverage"]) == 1


def test_a_countrys_series_is_ones_own_from_its_first_to_its_last_month() -> None:
    rows = (("MLI", "2020-01", 1.0), ("MLI", "2020-02", 2.0), ("MLI", "2020-04", 4.0), ("NER", "2020-02", 5.0))
    starter = {"countries": months(*rows, source="a"), "coverage": spans()}
    own = {"countries": months(("MLI", "2020-02", 7.0), ("MLI", "2020-03", 8.0), source="a"), "coverage": spans()}
    assert said(overlay(starter, own)["countries"]) == [
        ("MLI", "2020-01", 1.0),
        ("MLI", "2020-02", 7.0),
        ("MLI", "2020-03", 8.0),
        ("MLI", "2020-04", 4.0),
        ("NER", "2020-02", 5.0),
    ]


def test_a_table_that_only_one_of_them_has_is_taken_as_it_is() -> None:
    table = months(("MLI", "2020-01", 1.0))
    made = overlay({"media": table, "coverage": spans()}, {"coups": table, "coverage": spans()})
    assert made["media"] is table
    assert made["coups"] is table
