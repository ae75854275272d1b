"""What kills a retraining or stands in its way costs nothing but time: last good forecasts are served, and the next run ends the work."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.compile.refresh import fetch_and_compile
from data.files.job_lock import job_lock
from data.settings import REPOSITORY
from tests import editions, jobs
from tests.jobs import Death
from tests.publishers import Publishers
from training.job.outcome import Exit
from training.job.pipeline import STAGES
from training.models.registry import CHAMPION
from training.publication.publication import read_publication

pytestmark = pytest.mark.slow
SEED = 20261125


@pytest.fixture
def home(stopped: Path, place: Path) -> Path:
    """The home folder of a job that was killed when it had decided and not yet published."""
    shutil.rmtree(place)
    shutil.copytree(stopped, place)
    return place


def require_ended(home: Path, code: int = Exit.PROMOTED) -> None:
    """Run the job once more: it ends the work."""
    assert jobs.run(home, *jobs.SMALL) == code, jobs.complaint(home)
    assert jobs.serving(home).startswith("2026-10-v2-")
    jobs.require_whole(home, versions=2)


def test_a_job_killed_at_every_boundary_and_inside_ends_without_making_a_stage_again(home: Path) -> None:
    assert jobs.serving(home).startswith("2026-10-v1-")
    require_ended(home)
    assert jobs.run(home, *jobs.SMALL) == Exit.KEPT
    assert "nothing new" in jobs.said(home)["reason"]
    steps = [json.loads(line) for path in (home / "logs").iterdir() for line in path.read_text().splitlines()]
    dead = [step["took_over"] for step in steps if step["event"] == "started" and step["took_over"]]
    assert len(dead) > len(STAGES)
    assert all("which died" in said for said in dead)


@pytest.mark.parametrize("change", sorted(random.Random(SEED).sample(range(1, 60), 5)))  # noqa: S311
def test_a_job_killed_before_any_change_of_a_file_while_it_publishes_is_ended_by_the_next(
    home: Path, change: int
) -> None:
    before = jobs.serving(home)
    assert jobs.run(home, *jobs.SMALL, death=Death(change)) == jobs.KILLED, "there are fewer changes than that"
    assert jobs.serving(home) == before or jobs.serving(home).startswith("2026-10-v2-")
    assert jobs.run(home, *jobs.SMALL) in {Exit.PROMOTED, Exit.KEPT}, jobs.complaint(home)
    assert jobs.serving(home).startswith("2026-10-v2-")
    jobs.require_whole(home, versions=2)


def test_a_promotion_that_is_killed_in_the_middle_is_ended_by_the_next_run(home: Path) -> None:
    require_ended(home)
    for version, change in (("1", 1), ("2", 3), ("1", 6)):
        before, death = jobs.serving(home), Death(change, after="change.json")
        assert jobs.run(home, "promote", version, death=death) == jobs.KILLED, jobs.complaint(home)
        assert jobs.serving(home) == before or jobs.serving(home).startswith(f"2026-10-v{version}-")
        assert jobs.run(home, *jobs.SMALL) == Exit.KEPT, jobs.complaint(home)
        assert jobs.serving(home).startswith(f"2026-10-v{version}-")
        jobs.require_whole(home, versions=2)


def test_a_locked_database_fails_the_job_in_one_line_and_the_next_run_ends_it(home: Path) -> None:
    before = jobs.serving(home)
    with locked(home / "mlflow.db"):
        assert jobs.run(home, *jobs.SMALL) == Exit.FAILED
    (line,) = jobs.complaint(home).strip().splitlines()
    assert "database is locked" in line
    assert "finished stages are kept" in line
    assert jobs.serving(home) == before
    require_ended(home)


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Let another process hold a database for itself."""
    holds = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", holds, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        yield
    finally:
        holder.communicate("\n")


def test_a_full_disk_fails_the_job_and_the_next_run_ends_it_when_there_is_room(stopped: Path, place: Path) -> None:
    shutil.rmtree(place)
    place.mkdir()
    used = sum(path.stat().st_size for path in stopped.rglob("*")) // 1024
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={used + 40_000}k", "none", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        shutil.copytree(stopped, place, dirs_exist_ok=True)
        before = jobs.serving(place)
        room = shutil.disk_usage(place).free
        (place / "filler").write_bytes(bytes(room - (1 << 18)))
        assert jobs.run(place, *jobs.SMALL) == Exit.FAILED
        assert "No space left" in jobs.complaint(place)
        assert jobs.serving(place) == before
        (place / "filler").unlink()
        require_ended(place)
    finally:
        subprocess.run(["umount", place], check=True)


def test_an_altered_model_in_the_registry_is_compared_by_its_published_copy(home: Path) -> None:
    discard(home, "champion", "compare")
    (weights,) = home.glob(f"mlartifacts/models/{oldest(home)}/artifacts/artifacts/model/{CHAMPION}.json")
    weights.write_text(weights.read_text().replace("1", "2", 1))
    require_ended(home)
    decision = [json.loads(line) for line in (home / "decisions.jsonl").read_text().splitlines()][-1]
    assert decision["against"] == "1"
    assert "log score" in {check["name"] for check in decision["checks"]}


def test_a_champion_whose_forecasts_were_altered_is_named_and_replaced(home: Path) -> None:
    discard(home, "champion", "compare")
    published = read_publication(home / "published")
    table = home / "mlartifacts" / published.info.run_id / "artifacts" / "tables" / "out_of_fold.parquet"
    raw = bytearray(table.read_bytes())
    raw[len(raw) // 2] ^= 1
    table.write_bytes(raw)
    require_ended(home, Exit.DEGRADED)
    decision = [json.loads(line) for line in (home / "decisions.jsonl").read_text().splitlines()][-1]
    assert "version 1 cannot be read (tables/out_of_fold.parquet: sha256 is" in decision["reason"]


def test_a_damaged_publication_is_published_again_from_the_registry(home: Path) -> None:
    require_ended(home)
    (home / "published" / jobs.serving(home) / "model" / f"{CHAMPION}.json").write_text("{}")
    assert jobs.run(home, *jobs.SMALL) == Exit.KEPT, jobs.complaint(home)
    assert "was damaged, and version 2 was published again" in jobs.said(home)["reason"]
    assert jobs.serving(home).startswith("2026-10-v2-")


def test_of_two_jobs_started_together_one_works_and_the_other_says_so(home: Path) -> None:
    both = [jobs.start(home, *jobs.SMALL) for _ in range(2)]
    for process in both:
        process.join()
    assert sorted(process.exitcode or 0 for process in both) == [Exit.PROMOTED, Exit.LOCKED]
    jobs.require_whole(home, versions=2)


@pytest.mark.parametrize("command", [("promote", "1"), ("rollback",)])
def test_a_change_of_champion_by_hand_waits_for_no_job_and_says_which_one_works(
    home: Path, command: tuple[str, ...]
) -> None:
    before = jobs.serving(home)
    with job_lock(home, "retrain"):
        assert jobs.run(home, *command) == Exit.LOCKED
    assert re.search(r"is in use by `chokepoint retrain` \(process \d+ on ", jobs.complaint(home))
    assert jobs.serving(home) == before


@pytest.mark.skipif(not shutil.which("faketime"), reason="faketime is not installed")
def test_a_clock_that_jumps_a_month_ahead_and_back_changes_nothing(home: Path) -> None:
    command = [sys.executable, "-c", "from serving.cli.main import main; main()", *jobs.SMALL]
    done = subprocess.run(
        ["faketime", "-f", "+31d", *command],
        env=os.environ | jobs.SETTINGS | {"CHOKEPOINT_HOME": str(home)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == Exit.PROMOTED, done.stderr
    assert json.loads(done.stdout)["origin"] == "2026-10"
    assert len(list((home / "logs").iterdir())) == 2
    assert jobs.run(home, *jobs.SMALL) == Exit.KEPT
    jobs.require_whole(home, versions=2)


def test_a_source_that_is_withdrawn_degrades_the_job_until_it_is_back(
    retrained: Path, place: Path, publishers: Publishers, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.copy(retrained, place)
    monkeypatch.setenv("CHOKEPOINT_HOME", str(place))
    editions.publish_all(publishers)
    fetch_and_compile(lambda *_: None)
    vintage = json.loads((place / "panel" / "manifest.json").read_text())["vintage"]
    coups = publishers.files.pop(publishers.key(editions.COUPS))
    settings = {name: value for name, value in os.environ.items() if name.startswith("CHOKEPOINT_")}
    assert jobs.run(place, *jobs.SMALL, "--ingest", settings=settings) == Exit.DEGRADED, jobs.complaint(place)
    (warning,) = jobs.said(place)["warnings"]
    assert warning.startswith("powell_thyne: ")
    assert "404" in warning
    before = jobs.serving(place)
    assert read_publication(place / "published").info.data_vintage == vintage, "the last good rows are not in use"
    publishers.put(editions.COUPS, coups)
    assert jobs.run(place, *jobs.SMALL, "--ingest", settings=settings) == Exit.KEPT, jobs.said(place)["warnings"]
    assert jobs.serving(place) == before


def discard(home: Path, *stages: str) -> None:
    for stage in stages:
        shutil.rmtree(next((home / "work").glob(f"*/{stage}")))


def oldest(home: Path) -> str:
    return min((home / "mlartifacts" / "models").iterdir(), key=lambda path: path.stat().st_mtime).name
