"""Fetching, sources and snapshots on the command line, against publishers played on loopback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.ingest import snapshots, vintages
from data.settings import settings
from tests import editions
from tests.publishers import Fault, Publishers

Run = Callable[..., Any]


@pytest.fixture
def world(publishers: Publishers) -> Publishers:
    editions.publish_all(publishers)
    return publishers


def test_ingest_fetches_what_is_on_compiles_a_panel_and_the_second_time_does_neither(
    chokepoint: Run, world: Publishers, tmp_path: Path
) -> None:
    first = chokepoint(tmp_path, "ingest")
    assert first.code == 0, first.out + first.err
    assert "acled is off: set CHOKEPOINT_ACLED_EMAIL and CHOKEPOINT_ACLED_PASSWORD" in first.out
    assert "`chokepoint retrain` uses it" in first.out
    built = (tmp_path / "panel" / "manifest.json").stat().st_mtime_ns
    second = chokepoint(tmp_path, "ingest")
    assert "Nothing is new; the panel is unchanged." in second.out
    assert (tmp_path / "panel" / "manifest.json").stat().st_mtime_ns == built


def test_a_source_that_no_table_of_the_panel_is_made_of_is_kept_and_compiles_none(
    chokepoint: Run, world: Publishers, tmp_path: Path
) -> None:
    done = chokepoint(tmp_path, "ingest", "--source", "gdelt_daily")
    assert done.code == 0, done.out + done.err
    assert "The new files are stored; no table of the panel is compiled from them" in done.out
    assert not (tmp_path / "panel").exists()


def test_a_failed_source_is_named_and_makes_the_exit_code(chokepoint: Run, world: Publishers, tmp_path: Path) -> None:
    world.fail(editions.COUPS, Fault(404))
    done = chokepoint(tmp_path, "ingest", "--source", "powell_thyne", "--source", "ucdp_ged", "--json")
    assert done.code == 1
    files = json.loads(done.out)["files"]
    assert {f["source"] for f in files if f["outcome"] == "failed"} == {"powell_thyne"}
    assert sum(f["outcome"] == "new" for f in files) == 17


def test_the_summary_says_which_source_failed_in_one_line(chokepoint: Run, world: Publishers, tmp_path: Path) -> None:
    world.fail(editions.COUPS, Fault(404))
    done = chokepoint(tmp_path, "ingest", "--source", "powell_thyne")
    assert done.code == 1
    assert "Failed: powell_thyne. Nothing else is new" in done.out
    (line,) = [line for line in done.out.splitlines() if line.startswith("powell_thyne: ")]
    assert "got 404 Not Found; the address may have moved: look at https://www.uky.edu/" in line


def test_sources_say_their_state_and_what_is_missing(chokepoint: Run, world: Publishers, tmp_path: Path) -> None:
    chokepoint(tmp_path, "ingest", "--source", "gdelt_daily", "--source", "ucdp_ged")
    rows = {row["source"]: row for row in json.loads(chokepoint(tmp_path, "sources", "--json").out)}
    assert {name: rows[name]["state"] for name in ("gdelt_daily", "ucdp_ged", "acled", "pink_sheet")} == {
        "gdelt_daily": "fresh",
        "ucdp_ged": "late",
        "acled": "off",
        "pink_sheet": "not fetched",
    }
    assert rows["ucdp_ged"]["newest_month"] == "2024-03"
    assert rows["ucdp_ged"]["last_success"].startswith("20")
    assert rows["acled"]["needed"] == "set CHOKEPOINT_ACLED_EMAIL and CHOKEPOINT_ACLED_PASSWORD"
    assert rows["ucdp_country_month"]["state"] == "by hand"
    assert "To use it: set CHOKEPOINT_ACLED_EMAIL" in chokepoint(tmp_path, "sources").out


def test_sources_check_prints_one_table_and_fails_where_an_address_does(
    chokepoint: Run, world: Publishers, tmp_path: Path
) -> None:
    done = chokepoint(tmp_path, "sources", "check")
    assert done.code == 0, done.out
    assert "Publishers' addresses" in done.out
    world.put(editions.UCDP, "<html>nothing</html>")
    rows = json.loads(chokepoint(tmp_path, "sources", "check", "--source", "ucdp_ged", "--json").out)
    assert [(row["source"], row["state"], row["got"][:4]) for row in rows] == [("ucdp_ged", "failed", "none")]


def test_snapshots_are_listed_verified_and_pruned(chokepoint: Run, world: Publishers, tmp_path: Path) -> None:
    chokepoint(tmp_path, "ingest", "--source", "powell_thyne")
    coups = world.files[world.key(editions.COUPS)]
    world.put(editions.COUPS, coups + coups.splitlines()[-1].replace(b"20", b"19") + b"\n")
    chokepoint(tmp_path, "ingest", "--source", "powell_thyne")
    old, new = json.loads(chokepoint(tmp_path, "snapshots", "list", "--json").out)
    assert (old["in_use"], new["in_use"]) == (False, True)
    assert "superseded" in chokepoint(tmp_path, "snapshots", "list").out
    would = chokepoint(tmp_path, "snapshots", "prune", "--keep", "1")
    assert "1 superseded snapshots of 0.0 MB would be deleted; add --yes." in would.out
    assert "2 of 2 snapshots hold what was stored." in chokepoint(tmp_path, "snapshots", "verify").out
    chokepoint(tmp_path, "snapshots", "prune", "--keep", "1", "--yes")
    assert "1 of 1 snapshots hold what was stored." in chokepoint(tmp_path, "snapshots", "verify").out
    (left,) = vintages.in_use(settings().home)
    snapshots.raw_path(settings().home, left).write_bytes(b"other")
    broken = chokepoint(tmp_path, "snapshots", "verify", "--json")
    assert broken.code == 1
    assert "restore or delete it" in json.loads(broken.out)["faults"][0]


def test_a_held_vintage_is_accepted_by_the_command_it_prints(
    chokepoint: Run, world: Publishers, tmp_path: Path
) -> None:
    chokepoint(tmp_path, "ingest", "--source", "powell_thyne")
    coups = world.files[world.key(editions.COUPS)]
    world.put(editions.COUPS, b"\n".join(coups.splitlines()[:4]) + b"\n")
    held = chokepoint(tmp_path, "ingest", "--source", "powell_thyne")
    assert held.code == 1
    command = held.out[held.out.index("chokepoint ingest --accept") :].split()[1:4]
    assert chokepoint(tmp_path, *command).code == 0
    (used,) = [row for row in json.loads(chokepoint(tmp_path, "snapshots", "list", "--json").out) if row["in_use"]]
    assert used["rows"] == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ingest", "--source", "ucdp"], "unknown source 'ucdp': choose from acled"),
        (["ingest", "--source", "acled"], "acled is off: set CHOKEPOINT_ACLED_EMAIL and CHOKEPOINT_ACLED_PASSWORD"),
        (["ingest", "--since", "May"], "month 'May' is not of the form YYYY-MM"),
        (["ingest", "--from", ".", "--since", "2025-01"], "--source and --since are for fetching"),
        (["ingest", "--accept", "abc"], "no snapshot 'abc' is quarantined; quarantined are none"),
        (["snapshots", "list", "--source", "ucdp"], "unknown source 'ucdp'"),
        (["sources", "check", "--source", "ucdp_district_month"], "cannot be fetched: none of its own"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_user_can_mend_ends_in_one_line(
    chokepoint: Run, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = chokepoint(tmp_path, *arguments)
    assert done.code == 1
    assert message in " ".join(done.err.split())
    assert "Traceback" not in done.err
