"""Events counted by country and month where they are all there, and given way to where a later table is."""

import pandas as pd

from data.tables.countries import count_by_country, without_superseded
from data.tables.shared.table import Ingested


def events(*rows: tuple[str, str, str, float, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["iso3", "date", "violence", "deaths", "date_prec"])
    date = pd.to_datetime(frame["date"]).astype("datetime64[us]")
    return frame.assign(date=date, source="ucdp_ged", available_at=date + pd.Timedelta(days=30))


def spans(*rows: tuple[str, str, str], table: str = "events", source: str = "ucdp_ged") -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["iso3", "first", "last"])
    months = {c: pd.to_datetime(frame[c]) for c in ("first", "last")}
    return frame.assign(**months, table=table, source=source)[["source", "table", "iso3", "first", "last"]]


def test_deaths_and_events_by_kind_add_up_and_dates_known_to_the_year_count_in_no_month() -> None:
    listed = events(
        ("MLI", "2024-01-05", "state", 3.0, 1.0),
        ("MLI", "2024-01-20", "onesided", 4.0, 2.0),
        ("MLI", "2024-01-01", "state", 100.0, 5.0),
        ("NER", "2024-02-03", "nonstate", 1.0, 1.0),
    )
    made = count_by_country(Ingested(listed, spans(("*", "2024-01", "2024-02"))))
    mali, niger = made["countries"].to_dict("records")
    assert (mali["iso3"], mali["deaths"], mali["events_state"], mali["events_onesided"]) == ("MLI", 7.0, 1.0, 1.0)
    assert mali["available_at"] == pd.Timestamp("2024-02-19")
    assert (niger["month"], niger["events_nonstate"], niger["events_state"]) == (pd.Timestamp("2024-02-01"), 1.0, 0.0)
    assert made["coverage"]["table"].tolist() == ["countries"]


def test_a_file_of_well_placed_events_alone_is_no_census_of_the_country() -> None:
    listed = events(("MLI", "2020-01-05", "state", 3.0, None), ("SDN", "2020-01-05", "state", 5.0, 1.0))
    made = count_by_country(Ingested(listed, spans(("*", "2020-01", "2020-12"), ("SDN", "2019-01", "2020-12"))))
    assert made["countries"]["iso3"].tolist() == ["SDN"]
    whole = made["coverage"][made["coverage"]["table"] == "countries"]
    assert whole["iso3"].tolist() == ["SDN"]
    assert count_by_country(Ingested(listed, spans(("*", "2020-01", "2020-12")))) == {}
    assert count_by_country(Ingested(listed, spans())) == {}


def test_a_candidate_month_gives_way_to_the_yearly_table_and_an_old_table_to_newer_events() -> None:
    yearly = pd.DataFrame({"source": "ucdp_country_month", "iso3": ["MLI"], "month": pd.to_datetime(["2024-12-01"])})
    months = pd.to_datetime(["2024-03-01", "2025-02-01"])
    counted = pd.DataFrame({"source": "ucdp_ged", "iso3": "MLI", "month": months})
    both = spans(("*", "2024-03", "2024-03"), ("*", "2025-02", "2025-02"), table="countries")
    kept = without_superseded(pd.concat([yearly, counted]), both)
    assert kept["countries"]["month"].tolist() == [pd.Timestamp("2024-12-01"), pd.Timestamp("2025-02-01")]
    assert kept["coverage"]["first"].tolist() == [pd.Timestamp("2025-02-01")]
    whole = spans(("*", "1989-01", "2025-12"), table="countries")
    assert len(without_superseded(pd.concat([yearly, counted]), whole)["countries"]) == 3
