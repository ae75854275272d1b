"""Ingested rows to a compiled panel on disk."""

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from data.compile.tables import compile_panel, compile_table
from data.panel import panel
from data.panel.folder import write_panel
from data.panel.view import as_of
from data.settings import REPOSITORY, settings
from data.tables.shared.recent_rows import SLOW_FROM
from data.tables.shared.table import Tables

COVERAGE = pd.DataFrame(
    {
        "source": ["ucdp_ged"],
        "table": ["events"],
        "iso3": ["*"],
        "first": pd.to_datetime(["2024-01-01"]),
        "last": pd.to_datetime(["2024-03-01"]),
    }
)
SOURCES = [{"name": "ucdp_ged", "licence": "CC BY 4.0"}]


def dated(rows: dict[str, list[object]], **dates: list[str]) -> pd.DataFrame:
    columns = {name: pd.to_datetime(values).astype("datetime64[us]") for name, values in dates.items()}
    return pd.DataFrame(rows | columns)


def compiled(tables: Tables, said: list[str] | None = None) -> Tables:
    say = (lambda _: None) if said is None else said.append
    return compile_panel(compile_table(name, rows, COVERAGE, say) for name, rows in tables.items())


def coups(*dates: str) -> pd.DataFrame:
    count = len(dates)
    rows: dict[str, list[object]] = {
        "source": ["powell_thyne"] * count,
        "iso3": ["MLI"] * count,
        "outcome": ["successful"] * count,
    }
    return dated(rows, date=list(dates), available_at=["2021-07-01"] * count)


def countries(deaths: float = 7.0) -> pd.DataFrame:
    rows: dict[str, list[object]] = {
        "source": ["ucdp_country_month"],
        "iso3": ["MLI"],
        "events_state": [1.0],
        "events_nonstate": [0.0],
        "events_onesided": [0.0],
        "deaths": [deaths],
    }
    return dated(rows, month=["2024-02-01"], available_at=["2024-03-21"])


def test_coups_are_counted_by_month_and_two_listings_of_one_count_once() -> None:
    listed = pd.concat([coups("2021-05-24", "2021-05-25"), coups("2021-05-25").assign(outcome="failed")])
    made = compiled({"coups": listed})["coups"]
    assert made[["iso3", "successful", "failed"]].to_numpy().tolist() == [["MLI", 1.0, 1.0]]
    assert made["month"].tolist() == [pd.Timestamp("2021-05-01")]


def test_districts_are_added_up_by_the_part_they_play_for_the_capital() -> None:
    rows: dict[str, list[object]] = {
        "source": ["ucdp_district_month"] * 3,
        "iso3": ["BFA"] * 3,
        "district": ["Centre region", "Nord region", "No such region"],
        "events_state": [1.0, 2.0, 4.0],
        "events_nonstate": [0.0] * 3,
        "events_onesided": [0.0] * 3,
        "deaths": [5.0, 6.0, 7.0],
    }
    made = compiled({"districts": dated(rows, month=["2024-02-01"] * 3, available_at=["2024-03-21"] * 3)})["districts"]
    assert made.set_index("role")["deaths"].to_dict() == {"core": 5.0}


def test_districts_are_those_of_the_seat_of_the_month() -> None:
    rows: dict[str, list[object]] = {
        "source": ["ucdp_district_month"] * 4,
        "iso3": ["SDN"] * 4,
        "district": ["Khartoum state", "Red Sea state"] * 2,
        "events_state": [1.0] * 4,
        "events_nonstate": [0.0] * 4,
        "events_onesided": [0.0] * 4,
        "deaths": [50.0, 1.0, 60.0, 2.0],
    }
    months = ["2023-07-01"] * 2 + ["2023-08-01"] * 2  # the government sits at Port Sudan from August on
    made = compiled({"districts": dated(rows, month=months, available_at=["2023-09-21"] * 4)})["districts"]
    assert made["deaths"].tolist() == [50.0, 2.0]


def test_months_and_years_before_the_panel_looks_back_to_are_cut() -> None:
    rows: dict[str, list[object]] = {"source": ["worldbank"] * 2, "iso3": ["MLI"] * 2, "year": [1982, 1983]}
    economy = dated(rows | {"indicator": ["population"] * 2, "value": [1.0, 2.0]}, available_at=["1985-01-01"] * 2)
    old = countries().assign(month=SLOW_FROM - pd.DateOffset(months=1))
    made = compiled({"economy": economy, "countries": pd.concat([old, countries()])})
    assert made["economy"]["year"].tolist() == [1983]
    assert made["countries"]["month"].tolist() == [pd.Timestamp("2024-02-01")]


def test_a_source_that_was_not_ingested_leaves_its_table_out() -> None:
    assert set(compiled({"countries": countries()})) == {"countries", "coverage"}


def test_nothing_monthly_to_compile_is_refused_with_the_command_that_helps() -> None:
    with pytest.raises(ValueError, match="nothing to compile: no monthly source is in use; run `chokepoint ingest"):
        compiled({})


def write(folder: Path, deaths: float = 7.0) -> dict[str, object]:
    tables = compile_panel(
        [
            compile_table("countries", countries(deaths), COVERAGE),
            compile_table("coups", coups("2021-05-24"), COVERAGE[:0]),
        ]
    )
    return write_panel(folder, tables, SOURCES)


def test_the_manifest_names_every_file_with_its_digest_and_rows(tmp_path: Path) -> None:
    written = write(tmp_path / "panel")
    manifest = json.loads((tmp_path / "panel" / "manifest.json").read_text())
    assert manifest == written
    assert sorted(manifest["tables"]) == ["countries", "coups", "coverage"]
    for name, entry in manifest["tables"].items():
        content = (tmp_path / "panel" / f"{name}.parquet").read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["rows"] == len(pd.read_parquet(tmp_path / "panel" / f"{name}.parquet")) == 1
    assert manifest["sources"] == SOURCES


def test_the_vintage_is_the_newest_month_and_changes_with_the_content_alone(tmp_path: Path) -> None:
    first = write(tmp_path / "a")["vintage"]
    assert str(first).startswith("2024-02.")
    assert write(tmp_path / "b")["vintage"] == first
    assert write(tmp_path / "c", deaths=8.0)["vintage"] != first


def test_a_new_panel_takes_the_old_ones_place_as_a_whole_and_keeps_its_readme(tmp_path: Path) -> None:
    folder = tmp_path / "panel"
    write(folder)
    (folder / "README.md").write_text("attribution")
    (folder / "media.parquet").write_bytes(b"of an older panel")
    write(folder, deaths=8.0)
    assert sorted(p.name for p in folder.iterdir()) == [
        "README.md", "countries.parquet", "coups.parquet", "coverage.parquet", "manifest.json",
    ]  # fmt: skip
    assert (folder / "README.md").read_text() == "attribution"
    assert pd.read_parquet(folder / "countries.parquet")["deaths"].tolist() == [8.0]
    assert [p.name for p in tmp_path.iterdir()] == ["panel"]


def test_a_table_that_cannot_be_written_leaves_the_old_panel_whole(tmp_path: Path) -> None:
    folder = tmp_path / "panel"
    before = write(folder)
    broken = {"countries": countries(8.0), "coverage": COVERAGE.assign(first=[object()])}
    with pytest.raises(Exception, match="first"):
        write_panel(folder, broken, SOURCES)
    assert panel.load(folder).vintage == before["vintage"]
    assert write(folder) | {"built_at": ""} == before | {"built_at": ""}


@pytest.mark.parametrize("replaced", [0, 1], ids=["the old panel is taken away", "the new one is put in place"])
def test_a_build_killed_just_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replaced: int) -> None:
    monkeypatch.setenv("CHOKEPOINT_HOME", str(tmp_path))
    settings.cache_clear()
    before = write(tmp_path / "panel")
    code = (
        "import os, signal, pandas as pd\nfrom data import settings\nfrom data.panel.folder import write_panel\nold, done = os.replace, []\n"
        "def replace(a, b):\n    old(a, b)\n    done.append(a)\n"
        f"    if len(done) > {replaced}: os.kill(os.getpid(), signal.SIGKILL)\n"
        "os.replace = replace\nfolder = settings.settings().panel\n"
        "table = pd.read_parquet(folder / 'countries.parquet').assign(deaths=8.0)\n"
        "write_panel(folder, {'countries': table, 'coverage': pd.read_parquet(folder / 'coverage.parquet')}, [])"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    found = panel.load()
    assert (found.vintage == before["vintage"]) is (replaced == 0)
    assert found.manifest["tables"].keys() == (
        {"countries", "coups", "coverage"} if replaced == 0 else {"countries", "coverage"}
    )
    again = write(tmp_path / "panel", deaths=9.0)
    assert panel.load().vintage == again["vintage"]
    assert [p.name for p in tmp_path.iterdir()] == ["panel"]
    settings.cache_clear()


def test_a_compiled_panel_is_read_back_with_its_vintage(tmp_path: Path) -> None:
    written = write(tmp_path / "panel")
    read = panel.load(tmp_path / "panel")
    assert read.vintage == written["vintage"]
    view = as_of(read, pd.Timestamp("2024-03-01"))
    assert view.last("countries", "deaths")[read.iso3.index("MLI")] == 7.0


def test_the_starter_panel_is_what_its_manifest_says() -> None:
    starter = REPOSITORY / "data" / "starter"
    manifest = json.loads((starter / "manifest.json").read_text())
    assert {p.stem for p in starter.glob("*.parquet")} == set(manifest["tables"])
    for name, entry in manifest["tables"].items():
        assert hashlib.sha256((starter / f"{name}.parquet").read_bytes()).hexdigest() == entry["sha256"], name
    assert all(source["licence"] and source["citation"] for source in manifest["sources"])


def test_events_become_rings_near_and_corridor_tables_around_the_real_seats() -> None:
    rows: dict[str, list[object]] = {
        "source": ["ucdp_ged"] * 2,
        "event_id": ["1", "2"],
        "iso3": ["MLI"] * 2,
        "latitude": [12.64, 12.90289],  # in Bamako; on the road to Dakar, where tankers burned in 2025
        "longitude": [-8.0, -8.56459],
        "violence": ["state"] * 2,
        "deaths": [3.0, 1.0],
        "where_prec": [1.0] * 2,
        "date_prec": [1.0] * 2,
        "district": [None] * 2,
    }
    said: list[str] = []
    events = dated(rows, date=["2024-02-05"] * 2, available_at=["2024-03-21"] * 2)
    made = compiled({"events": events}, said)
    assert set(made) == {"rings", "near", "corridors", "roads", "countries", "coverage"}
    assert made["countries"][["iso3", "deaths", "events_state"]].to_numpy().tolist() == [["MLI", 4.0, 2.0]]
    assert made["coverage"]["table"].tolist() == ["events", "countries"]
    assert made["near"].set_index("radius_km")["deaths"].to_dict() == {10: 3.0, 25: 3.0, 50: 3.0}
    assert made["corridors"]["events_25km"].max() == 1.0
    assert made["roads"][["iso3", "sector", "events"]].to_numpy().tolist() == [["MLI", 7, 1.0]]
    assert said == ["rings, near, corridor and road counts from events"]
    elsewhere = compiled({"events": events.assign(latitude=22.0, longitude=-1.0)})
    assert elsewhere["roads"].empty  # an empty table keeps its contract
    assert elsewhere["near"].empty
