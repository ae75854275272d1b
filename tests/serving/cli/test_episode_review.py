"""`chokepoint episodes propose` and `review` on the starter panel and a copy of the catalogue."""

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.curation.review import read_decisions, write_decisions
from data.reference_tables import FOLDER, read_episodes


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the catalogue as shipped."""
    folder = tmp_path / "catalogue"
    folder.mkdir()
    for name in ("episodes.csv", "episodes_known_to.json"):
        shutil.copy(FOLDER / name, folder)
    return folder


@pytest.fixture
def run(chokepoint: Callable[..., Any], tmp_path: Path, copy: Path) -> Callable[..., Any]:
    """Run a command of the catalogue on the copy, in a home without a panel of its own."""
    return lambda *arguments: chokepoint(tmp_path / "home", "episodes", *arguments, "--catalogue", str(copy))


def test_two_months_are_reviewed_one_after_the_other_and_only_the_reviewed_lines_change(
    run: Callable[..., Any], copy: Path, tmp_path: Path
) -> None:
    before = (copy / "episodes.csv").read_text().splitlines()
    for month in ("2026-05", "2026-06"):
        path = tmp_path / f"{month}.csv"
        done = run("propose", "--to", month, "--out", str(path))
        assert done.code == 0, done.err
        assert f"Candidates, {month} to {month}: 3" in done.out
        refused = run("review", "--from-csv", str(path), "--known-to", month, "--no-ask")
        assert refused.code == 1
        assert "line 2, CUB supply 2026-01..: undecided; write one of confirm, end" in refused.err
        rows = [row | {"decision": "confirm", "evidence": f"seen in {month}"} for row in read_decisions(path)]
        write_decisions(path, rows)
        done = run("review", "--from-csv", str(path), "--known-to", month, "--no-ask")
        assert done.code == 0, done.err
        assert f"0 added, 0 changed, 0 rejected, 3 confirmed, 0 ended; known to {month}" in done.out
    after = (copy / "episodes.csv").read_text().splitlines()
    changed = [line for line in after if line not in before]
    assert [line[:4] for line in changed] == ["CUB,", "HTI,", "MLI,"]
    assert len(after) == len(before)
    open_rows = read_episodes(copy / "episodes.csv").dropna(subset="last_confirmed")
    assert {f"{month:%Y-%m}" for month in open_rows["last_confirmed"]} == {"2026-06"}


def test_candidates_as_json_carry_evidence_and_say_what_no_feed_reached(run: Callable[..., Any]) -> None:
    content = json.loads(run("propose", "--from", "2024-07", "--to", "2024-08", "--json").out)
    dhaka = next(row for row in content["candidates"] if row["candidate"] == "BGD fighting 2024-07..2024-08")
    assert dhaka["evidence"]
    assert dhaka["panel_rows"]
    assert dhaka["decision"] == ""
    assert content["kinds_in_no_feed"] == ["siege", "takeover", "attack", "foreign_strike"]
    assert {row["signal"] for row in content["reach"]} >= {"coups", "fighting rule", "price shock"}


def test_at_a_terminal_each_row_is_asked_for_and_skipped_ones_leave_the_catalogue_as_it_is(
    run: Callable[..., Any], copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, before = tmp_path / "may.csv", (copy / "episodes.csv").read_text()
    run("propose", "--to", "2026-05", "--out", str(path))
    # Cuba goes on, Haiti ended, Mali is skipped: then it is asked for alone.
    monkeypatch.setattr(sys, "stdin", io.StringIO("c\na newspaper\nx\nd\n2026-04\nanother\ns\n"))
    skipped = run("review", "--from-csv", str(path), "--known-to", "2026-05", "--ask")
    assert skipped.code == 1
    assert "1 undecided" in skipped.out
    assert (copy / "episodes.csv").read_text() == before
    monkeypatch.setattr(sys, "stdin", io.StringIO("c\na third\n"))
    done = run("review", "--from-csv", str(path), "--known-to", "2026-05", "--ask", "--json")
    assert '"confirmed"' in done.out
    assert "1 of 1: MLI siege 2026-04.." in done.out
    open_rows = read_episodes(copy / "episodes.csv").dropna(subset="last_confirmed")
    assert list(open_rows["iso3"]) == ["CUB", "MLI"]
    assert list(open_rows["evidence"]) == ["a newspaper", "a third"]


def test_a_candidate_edited_at_the_terminal_is_written_as_edited(
    run: Callable[..., Any], copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "summer.csv"
    run("propose", "--from", "2024-07", "--to", "2024-08", "--out", str(path))
    rows = [row | {"decision": "no"} for row in read_decisions(path) if row["status"] == "new"]
    abuja = next(row for row in rows if row["candidate"].startswith("NGA uprising"))
    abuja["decision"] = ""
    write_decisions(path, rows)
    answers = ["e", "", "2024-08", "", "", "M", "hunger protests", "", "a newspaper of 2 August"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join([*answers, ""])))
    done = run("review", "--from-csv", str(path), "--known-to", "2026-04", "--ask")
    assert "1 added" in done.out, done.err
    line = "NGA,Abuja,2024-08,2024-08,uprising,M,hunger protests,,a newspaper of 2 August"
    assert line in (copy / "episodes.csv").read_text().splitlines()
