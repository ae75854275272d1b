"""The command line itself: every command says what it does, and failures end in one line with a remedy."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from click import Group

from data.settings import REPOSITORY
from data.sources.registry import sources
from serving.cli.main import app

SAMPLES = REPOSITORY / "tests" / "samples"
GROUP = typer.main.get_command(app)


def process(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own on a home folder."""
    return subprocess.run(
        [sys.executable, "-c", "from serving.cli.main import main; main()", *arguments],
        env=os.environ | {"CHOKEPOINT_HOME": str(home), "COLUMNS": "200"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


def walk(group: Group, *before: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield from walk(command, *before, name) if hasattr(command, "commands") else [(*before, name)]


def command_at(path: tuple[str, ...]) -> object:
    found: object = GROUP
    for name in path:
        found = found.commands[name]
    return found


@pytest.mark.parametrize("path", list(walk(GROUP)), ids=" ".join)
def test_every_command_and_every_option_is_described(path: tuple[str, ...]) -> None:
    command = command_at(path)
    assert command.help
    assert command.help.rstrip().endswith(".")
    assert [option.name for option in command.params if option.name != "help" and not getattr(option, "help", "")] == []


def test_help_lists_every_command_without_loading_the_heavy_libraries(tmp_path: Path) -> None:
    done = process(tmp_path, "--help")
    assert done.returncode == 0
    for name, command in GROUP.commands.items():
        assert name in done.stdout
        assert command.help.split()[0] in done.stdout
    code = "import sys, serving.cli.main; print([m for m in ('mlflow', 'xgboost', 'pandas', 'bentoml') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["risks"], "nothing is published in"),
        (["skill"], "run `make forecast` or `chokepoint retrain`"),
        (
            ["ingest", "--from", "/nowhere"],
            "/nowhere is not a folder; give the folder that holds the publishers' files",
        ),
        (["retrain", "--from", "September"], "month 'September' is not of the form YYYY-MM, such as 2025-09"),
        (["retrain", "--from", "2025-01"], "no scored origin between 2025-01 and 2026-10"),
        (["backtest", "--target", "plague"], "unknown target 'plague': choose from disruption, fighting"),
        (["backtest", "--model", "oracle"], "unknown model 'oracle': choose one of climatology"),
        (["backtest", "--to", "2031-01"], "--to 2031-01 lies after the panel's newest month"),
        (["mlflow-ui"], "no MLflow database at"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_user_can_mend_ends_in_one_line_that_says_how(
    chokepoint: Callable[..., Any], tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = chokepoint(tmp_path, *arguments)
    assert done.code == 1
    *progress, line = done.err.strip().splitlines()
    assert line.startswith("error: ")
    assert message in line
    assert not [shown for shown in progress if "Traceback" in shown or "error" in shown]
    assert done.out == ""


def test_a_traceback_is_shown_on_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert process(tmp_path, "risks").returncode == 1
    monkeypatch.setenv("CHOKEPOINT_TRACEBACK", "1")
    assert "Traceback (most recent call last)" in process(tmp_path, "risks").stderr


def test_sources_lists_every_source_as_json(chokepoint: Callable[..., Any], tmp_path: Path) -> None:
    rows = json.loads(chokepoint(tmp_path, "sources", "--json").out)
    assert {row["source"] for row in rows} == {"episodes", *sources()}
    assert {row["newest_month"] for row in rows if row["source"] != "episodes"} == {""}
    assert all(row["licence"] and row["publisher"] and row["title"] for row in rows)


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Ingest the samples and a zip that was cut off."""
    folder = tmp_path_factory.mktemp("in")
    shutil.copytree(SAMPLES, folder / "samples")
    packed = Path(shutil.make_archive(str(folder / "whole"), "zip", SAMPLES / "ucdp_ged"))
    (folder / "GEDEvent_v25_1.csv.zip").write_bytes(packed.read_bytes()[:200])
    packed.unlink()
    home = tmp_path_factory.mktemp("ingested")
    return home, process(home, "ingest", "--from", str(folder))


def test_one_bad_file_is_named_with_its_remedy_and_the_good_ones_survive(
    ingested: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    home, done = ingested
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("GEDEvent_v25_1.csv.zip: ")]
    assert "download it again" in line
    assert "Traceback" not in done.stderr
    assert (home / "panel" / "manifest.json").exists()
    assert "`chokepoint retrain` uses it" in done.stdout


def test_what_was_ingested_is_listed_with_its_newest_month(
    chokepoint: Callable[..., Any], ingested: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    home, _ = ingested
    newest = {row["source"]: row["newest_month"] for row in json.loads(chokepoint(home, "sources", "--json").out)}
    assert all(newest.values()), newest
    assert newest["ucdp_country_month"] == "2024-08"


def test_ingesting_the_same_again_changes_nothing(
    chokepoint: Callable[..., Any], ingested: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    home, _ = ingested
    before = json.loads((home / "panel" / "manifest.json").read_text())["vintage"]
    done = chokepoint(home, "ingest", "--from", str(SAMPLES), "--json")
    assert done.code == 0, done.err
    content = json.loads(done.out)
    assert {file["outcome"] for file in content["files"]} == {"unchanged"}
    assert content["vintage"] == before


def test_a_folder_without_anything_known_is_refused(chokepoint: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("nothing")
    done = chokepoint(tmp_path / "home", "ingest", "--from", str(tmp_path / "in"))
    assert done.code == 1
    assert "no source reads any of its 1 files; `chokepoint sources` lists what is read" in done.err
