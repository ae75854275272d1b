"""UCDP GED: layouts, releases, kinds of violence and coverage."""

from pathlib import Path

import pandas as pd
import pytest

from data.settings import REPOSITORY
from data.sources.shared.source import SourceError
from data.sources.ucdp_ged import SOURCE, parse, release

SAMPLE = REPOSITORY / "tests" / "samples" / "ucdp_ged" / "GEDEvent_v24_0_3.csv"
PRECISE = {
    "id": [11, 12],
    "date_start": pd.to_datetime(["2019-05-04", "2019-05-31"]),
    "year": [2019, 2019],
    "month": [5, 5],
    "day": [4, 31],
    "country": ["Mali", "Nowhere Yet"],
    "type_of_violence": [1, 3],
    "side_a": ["A", "A"],
    "side_b": ["B", "B"],
    "latitude": [12.6, 13.0],
    "longitude": [-8.0, -7.0],
    "best": [4, 5],
    "iso3": ["MLI", "NER"],
}


def parquet(tmp_path: Path, columns: dict[str, object]) -> bytes:
    pd.DataFrame(columns).to_parquet(tmp_path / "f.parquet")
    return (tmp_path / "f.parquet").read_bytes()


def test_a_candidate_row_becomes_an_event():
    event = parse(SAMPLE.read_bytes(), SAMPLE.name).rows.loc[3]
    assert event.drop("available_at").to_dict() == {
        "source": "ucdp_ged",
        "event_id": "900001",
        "iso3": "SDN",
        "date": pd.Timestamp("2024-03-02"),
        "latitude": 15.61,
        "longitude": 32.49,
        "violence": "nonstate",
        "deaths": 3.0,
        "where_prec": 2.0,
        "date_prec": 2.0,
        "district": "Khartoum state",
    }
    assert event["available_at"] == pd.Timestamp("2024-04-01") + pd.Timedelta(days=20)


def test_the_full_layout_reads_the_same_from_parquet(tmp_path):
    plain = parse(SAMPLE.read_bytes(), SAMPLE.name).rows
    frame = pd.read_csv(SAMPLE).astype({"where_prec": "Int64", "id": "Int64"})
    packed = parse(parquet(tmp_path, frame.to_dict("series")), "GEDEvent_v24_0_3.parquet").rows
    pd.testing.assert_frame_equal(plain.reset_index(drop=True), packed.reset_index(drop=True))


def test_the_precise_layout_holds_exact_places_and_unknown_date_precision(tmp_path):
    rows = parse(parquet(tmp_path, PRECISE), "ged211_events_precise.parquet").rows
    assert rows["where_prec"].tolist() == [2.0, 2.0]
    assert rows["date_prec"].isna().all()
    assert rows["district"].isna().all()
    assert rows["violence"].tolist() == ["state", "onesided"]


def test_a_country_without_name_or_code_of_ours_keeps_the_iso3_of_its_file(tmp_path):
    assert parse(parquet(tmp_path, PRECISE), "f.parquet").rows["iso3"].tolist() == ["MLI", "NER"]


def test_a_layout_with_neither_precision_nor_day_columns_is_refused(tmp_path):
    vague = {name: values for name, values in PRECISE.items() if name not in {"year", "month", "day"}}
    with pytest.raises(SourceError, match=r"india.parquet: column 'where_prec' is missing; found id, date_start"):
        parse(parquet(tmp_path, vague), "india.parquet")


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("ged211-csv.zip", "21.1"),
        ("GEDEvent_v25_1.csv", "25.1"),
        ("GEDEvent_v23_0_10.csv.gz", "23.0.10"),
        ("events.csv", ""),
    ],
)
def test_the_release_is_read_from_the_file_name(filename, expected):
    assert release(filename) == expected


def test_a_file_without_release_is_dated_by_its_newest_event():
    assert parse(SAMPLE.read_bytes(), "events.csv").vintage == "to 2024-03"


def test_a_monthly_candidate_does_not_replace_another_but_a_yearly_release_does():
    assert SOURCE.family("GEDEvent_v25_0_1.csv") != SOURCE.family("GEDEvent_v25_0_2.csv")
    assert SOURCE.family("GEDEvent_v24_1.csv") == SOURCE.family("GEDEvent_v25_1.csv")


def test_each_part_of_a_repacked_file_covers_its_own_span(tmp_path):
    def part(name: str, country: str, first: str) -> pd.DataFrame:
        months = pd.date_range(first, periods=12, freq="MS")
        frame = pd.DataFrame({"date_start": months, "country": country, "source_file": name})
        return frame.assign(year=frame.date_start.dt.year, month=frame.date_start.dt.month, day=1)

    frame = pd.concat([part("a", "Mali", "2010-01-01"), part("b", "Niger", "2015-01-01")], ignore_index=True)
    frame = frame.assign(id=frame.index, type_of_violence=1, latitude=1.0, longitude=1.0, best=1)
    assert parse(parquet(tmp_path, frame.to_dict("series")), "f.parquet").coverage == [
        ("MLI", pd.Timestamp("2010-01-01"), pd.Timestamp("2010-12-01")),
        ("NER", pd.Timestamp("2015-01-01"), pd.Timestamp("2015-12-01")),
    ]
