"""Snapshots of one table put together."""

import pandas as pd

from data.calendar import as_of
from data.ingest.manifest import ManifestEntry
from data.ingest.merge import SnapshotRows, coverage_frame, merge_snapshots, without_deleted


def snapshot(rows: list[tuple[str, str, str, float]], coverage: list[tuple[str, str, str]]) -> SnapshotRows:
    frame = pd.DataFrame(rows, columns=["event_id", "iso3", "date", "deaths"])
    frame = frame.assign(source="ucdp_ged", date=pd.to_datetime(frame["date"]))
    common = dict.fromkeys(("sha256", "filename", "family", "url", "retrieved_at", "vintage", "licence"), "")
    counted = {"bytes": 0, "rows": 0, "read": 0, "dropped": {}, "first_month": "", "newest_month": ""}
    entry = ManifestEntry(**common, **counted, source="ucdp_ged", coverage=coverage, outcome="new", parser="")
    return SnapshotRows(entry, frame)


def deaths(*parts: SnapshotRows) -> dict[str, float]:
    joined = merge_snapshots("events", list(parts))
    return dict(zip(joined["event_id"], joined["deaths"], strict=True))


def test_of_an_event_in_two_releases_the_newest_stays():
    newer = snapshot([("1", "MLI", "2024-01-05", 9.0)], [])
    older = snapshot([("1", "MLI", "2024-01-05", 4.0), ("2", "MLI", "2024-01-06", 1.0)], [])
    assert deaths(newer, older) == {"1": 9.0, "2": 1.0}


def test_an_event_withdrawn_by_a_release_that_covers_its_month_is_gone():
    newer = snapshot([("1", "MLI", "2024-01-05", 9.0)], [("*", "2024-01", "2024-01")])
    older = snapshot([("2", "MLI", "2024-01-06", 1.0), ("3", "MLI", "2024-02-01", 2.0)], [])
    assert deaths(newer, older) == {"1": 9.0, "3": 2.0}


def test_a_country_file_replaces_only_its_own_country():
    newer = snapshot([("1", "MLI", "2024-01-05", 9.0)], [("MLI", "2024-01", "2024-12")])
    older = snapshot([("2", "MLI", "2024-01-06", 1.0), ("3", "NER", "2024-01-06", 2.0)], [])
    assert deaths(newer, older) == {"1": 9.0, "3": 2.0}


def test_spans_become_months_and_the_same_span_counts_once():
    span = ("ucdp_ged", "events", "*", "2024-01", "2024-03")
    frame = coverage_frame([span, span])
    assert frame["first"].tolist() == [pd.Timestamp("2024-01-01")]
    assert frame["last"].tolist() == [pd.Timestamp("2024-03-01")]
    assert coverage_frame([]).columns.tolist() == ["source", "table", "iso3", "first", "last"]


def events(*rows: tuple[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["event_id", "available_at"])
    return frame.assign(available_at=pd.to_datetime(frame["available_at"]))


def test_a_deleted_event_is_there_until_the_month_its_deletion_became_known():
    uploaded = events(("MLI1", "2025-03-04"), ("MLI2", "2025-03-04"))
    deleted = events(("MLI1", "2025-06-17"))
    seen = {
        origin: without_deleted(uploaded, deleted, as_of(pd.Timestamp(origin)))["event_id"].tolist()
        for origin in ("2025-05", "2025-06")
    }
    assert seen == {"2025-05": ["MLI1", "MLI2"], "2025-06": ["MLI2"]}
    assert without_deleted(uploaded, deleted)["event_id"].tolist() == ["MLI2"]


def test_an_event_uploaded_again_after_its_deletion_counts():
    deleted = events(("MLI1", "2025-06-17"))
    assert without_deleted(events(("MLI1", "2025-06-18")), deleted)["event_id"].tolist() == ["MLI1"]
    assert without_deleted(events(("MLI1", "2025-06-17")), deleted)["event_id"].tolist() == []
