"""A folder of files to tables."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from data.ingest import manifest, vintages
from data.ingest.file_result import FileResult
from data.ingest.ingest import ingest_folder
from data.ingest.read_tables import load_tables
from data.settings import REPOSITORY
from data.tables.registry import row_tables

SAMPLES = REPOSITORY / "tests" / "samples"
TOTALS = "month,country_ne,deaths,iso3\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def totals(folder: Path, months: int, name: str = "totals_2025.csv", deaths: int = 5) -> None:
    countries = ("Mali", "Niger", "Chad", "Sudan")
    lines = [f"2025-{m:02d}-01,{country},{deaths}," for m in range(1, months + 1) for country in countries]
    (folder / name).write_text(TOTALS + "\n".join(lines) + "\n")


def only(results: list[FileResult]) -> FileResult:
    (result,) = results
    return result


def test_every_sample_is_ingested_and_loaded_within_its_contract(home):
    results = ingest_folder(SAMPLES, home=home)
    assert {result.outcome for result in results} == {"new"}
    tables, coverage = load_tables(home)
    assert set(tables) == set(row_tables())
    for name, rows in tables.items():
        row_tables()[name].contract.validate(rows, lazy=True)
    assert len(tables["countries"]) == 3 * 8 + 3 * 12
    assert set(coverage["table"]) == {"countries", "districts"}


def test_a_second_time_nothing_changes_and_nothing_is_parsed(folder, home):
    totals(folder, 3)
    ingest_folder(folder, home=home)
    parsed = next((home / "parsed").rglob("*.parquet"))
    written = parsed.stat().st_mtime_ns
    assert only(ingest_folder(folder, home=home)).outcome == "unchanged"
    assert parsed.stat().st_mtime_ns == written


def test_a_bad_file_is_reported_and_stops_no_other(folder, home):
    totals(folder, 3)
    (folder / "broken.csv.gz").write_bytes(b"\x1f\x8b\x08\x00torn")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "latin.csv").write_bytes(TOTALS.encode() + "2025-01-01,Côte d'Ivoire,1,\n".encode("latin-1"))
    (folder / "notes.csv").write_text("title,author,year\n")
    (folder / "README.md").write_text("# About\n")
    found = {result.file: (result.outcome, result.message) for result in ingest_folder(folder, home=home)}
    assert found["totals_2025.csv"][0] == "new"
    assert found["broken.csv.gz"] == (
        "failed",
        "broken.csv.gz: the archive is truncated or damaged (Compressed file ended before the end-of-stream "
        "marker was reached); download it again",
    )
    assert found["empty.csv"] == ("failed", "empty.csv: the file is empty; download it again")
    assert found["latin.csv"][0] == "failed"
    assert "latin.csv: row 2 is not UTF-8" in found["latin.csv"][1]
    assert found["notes.csv"] == ("unrecognised", "notes.csv: no source reads this name and these columns")
    assert found["README.md"] == ("unrecognised", "")


def test_dropped_rows_are_counted_with_an_example(folder, home):
    (folder / "totals.csv").write_text(TOTALS + "2025-01-01,Mali,5,\n2025-01-01,Atlantis,5,\n")
    result = only(ingest_folder(folder, home=home))
    assert (result.read, result.kept, result.dropped) == (2, 1, {"unknown country": 1})
    assert result.examples["unknown country"].startswith("row 3: Atlantis; add it to data/reference")
    assert (result.first_month, result.newest_month) == ("2025-01", "2025-01")


def test_a_shrunk_file_is_quarantined_until_it_is_accepted(folder, home):
    totals(folder, 6)
    ingest_folder(folder, home=home)
    totals(folder, 4)
    quarantined = only(ingest_folder(folder, home=home))
    assert quarantined.outcome == "quarantined"
    assert "months missing: 2025-05: 0 rows, 4 before, 2025-06: 0 rows, 4 before" in quarantined.message
    assert len(load_tables(home)[0]["countries"]) == 6 * 4
    sha12 = quarantined.message.split()[-1]
    assert only(ingest_folder(folder, home=home, accept=frozenset([sha12]))).outcome == "new"
    assert len(load_tables(home)[0]["countries"]) == 4 * 4


def test_the_next_file_of_a_family_replaces_the_last(folder, home):
    totals(folder, 3)
    ingest_folder(folder, home=home)
    totals(folder, 4, name="totals_2026.csv")
    ingest_folder(folder, home=home)
    assert len(load_tables(home)[0]["countries"]) == 4 * 4


def test_revised_numbers_are_quarantined_with_every_check_in_the_manifest(folder, home):
    totals(folder, 3)
    ingest_folder(folder, home=home)
    totals(folder, 3, deaths=7)
    quarantined = only(ingest_folder(folder, home=home))
    assert quarantined.outcome == "quarantined"
    assert (
        "values revised by more than 10%: 12 of 12 (100.0%) in 3 months, median 29%, sum +40.0%" in quarantined.message
    )
    assert set(load_tables(home)[0]["countries"]["deaths"]) == {5.0}
    assert manifest.read_manifest(home)[-1].checks == quarantined.checks
    assert [(c["name"], c["passed"]) for c in quarantined.checks if c["name"] in {"gaps", "revised values"}] == [
        ("gaps", True),
        ("revised values", False),
    ]
    assert [e.source for e in vintages.quarantined(home)] == ["ucdp_country_month_totals"]
    totals(folder, 4)
    assert only(ingest_folder(folder, home=home)).outcome == "new"
    assert vintages.quarantined(home) == []


def test_rows_are_parsed_again_where_the_parsed_folder_is_gone(folder, home):
    totals(folder, 3)
    ingest_folder(folder, home=home)
    before, _ = load_tables(home)
    shutil.rmtree(home / "parsed")
    after, _ = load_tables(home)
    pd.testing.assert_frame_equal(before["countries"], after["countries"])


def test_a_changed_parser_reads_known_bytes_anew(folder, home, monkeypatch):
    totals(folder, 3)
    ingest_folder(folder, home=home)
    monkeypatch.setattr("data.ingest.ingest_file.parser_digest", lambda: "another")
    result = only(ingest_folder(folder, home=home))
    assert (result.outcome, result.message) == (
        "unchanged",
        "parsed anew: a parser or reference table has changed",
    )
    assert vintages.in_use(home)[0].parser == "another"


def test_progress_names_each_recognised_file(folder, home):
    totals(folder, 3)
    (folder / "README.md").write_text("# About\n")
    seen: list[str] = []
    ingest_folder(folder, home=home, progress=seen.append)
    assert seen == ["totals_2025.csv: new, 12 of 12 rows"]


def test_hidden_folders_such_as_the_store_itself_are_passed_over(folder):
    totals(folder, 3)
    store = folder / ".chokepoint"
    assert [result.file for result in ingest_folder(folder, home=store)] == ["totals_2025.csv"]
    assert [result.file for result in ingest_folder(folder, home=store)] == ["totals_2025.csv"]


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(NotADirectoryError, match="give the folder that holds the publishers' files"):
        ingest_folder(tmp_path / "nowhere", home=tmp_path)


@pytest.mark.real_data
def test_the_real_files_are_read_with_their_known_totals(real_data, home):
    results = {Path(result.file).name: result for result in ingest_folder(real_data, home=home)}
    assert results["ged211_events_precise.parquet"].kept == 176_579
    assert results["GEDEvent_v23_0_10.csv.gz"].kept == 2_391
    assert "column 'where_prec' is missing" in results["ged251_plus_candidate_india_1989_2026_06.parquet"].message
    tables, coverage = load_tables(home)
    for name, rows in tables.items():
        row_tables()[name].contract.validate(rows, lazy=True)
    assert tables["country_years"]["deaths"].sum() == 3_957_143
    coups = tables["coups"]
    assert not ((coups["iso3"] == "BGD") & (coups["date"].dt.strftime("%Y-%m") == "1999-10")).any()
    world = coverage[(coverage["table"] == "events") & (coverage["iso3"] == "*")]
    assert world["last"].max() == pd.Timestamp("2023-10-01")
