"""A disk that is full on the way: what was good stays good, one line says it, and the next run with room completes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data.files.atomic import DRAFTS
from data.ingest import snapshots
from data.ingest.read_tables import load_tables
from data.panel import panel
from data.settings import REPOSITORY, settings
from tests import editions
from tests.publishers import Publishers

pytestmark = pytest.mark.slow
MB = 1 << 20


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder on a disk of 8 MB, a tmpfs of its own."""
    mount = shutil.which("mount")
    if os.geteuid() or not mount:
        pytest.skip("a small disk is mounted for this test, which needs root and mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    monkeypatch.setenv("CHOKEPOINT_HOME", str(disk / "home"))
    settings.cache_clear()
    yield disk
    subprocess.run(["umount", disk], check=True)
    settings.cache_clear()


@pytest.fixture
def ingest(small: Path) -> Callable[..., tuple[int, str]]:
    """Run `chokepoint ingest` as a process while all but so much of the disk is taken; return its code and what it said."""

    def run(source: str, room: int) -> tuple[int, str]:
        ballast = small / "ballast"
        free = os.statvfs(small).f_bavail * os.statvfs(small).f_bsize
        ballast.write_bytes(bytes(max(free - room, 0)))
        command = [sys.executable, "-c", "from serving.cli.main import main; main()", "ingest", "--source", source]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=300)
        ballast.unlink()
        return done.returncode, done.stdout + done.stderr

    return run


def mali(rows: int) -> bytes:
    """A country file whose rows cannot be packed well: prices of many markets."""
    header, tags, row, *_ = editions.sample("wfp_prices/wfp_food_prices_mli.csv").splitlines()
    many = [row.replace(b"Invented market", b"Market %d" % (n * 7919)) for n in range(rows)]
    return b"\n".join([header, tags, *many]) + b"\n"


@pytest.fixture
def prices(publishers: Publishers) -> bytes:
    """Mali's prices out in a file of 0.7 MB."""
    editions.publish_hdx(publishers)
    raw = mali(5_000)
    publishers.files[next(path for path in publishers.files if "/s3/" in path)] = raw
    assert 0.5 * MB < len(raw) < MB
    return raw


@pytest.mark.parametrize(
    ("room", "kept"),
    [
        pytest.param(0.3, False, id="during the download"),
        pytest.param(-1, True, id="while the snapshot is written"),
    ],
)
def test_a_fetch_on_a_full_disk(
    small: Path, prices: bytes, ingest: Callable[..., tuple[int, str]], room: float, kept: bool
) -> None:
    home = small / "home"
    # As much as the bytes take, so that the parsed rows find no room.
    code, said = ingest("wfp_prices", int(room * MB) if room > 0 else len(prices) + 40_000)
    assert code == 1, said
    (line,) = [line for line in said.splitlines() if line.startswith("wfp_prices: ")]
    assert f"No space left on device, writing to {home}; mend that and run it again" in line
    assert "Traceback" not in said
    assert load_tables(home)[0] == {}
    assert list(home.rglob(DRAFTS)) == []
    assert any((home / "snapshots").glob("wfp_prices/*.csv")) is kept
    code, said = ingest("wfp_prices", 8 * MB)
    assert code == 0, said
    assert len(load_tables(home)[0]["prices"]) == 5_000
    assert snapshots.verify(home) == []


def test_a_panel_that_finds_no_room_leaves_the_old_one_and_is_compiled_by_the_next_run(
    small: Path, publishers: Publishers, ingest: Callable[..., tuple[int, str]]
) -> None:
    editions.publish_all(publishers)
    home = small / "home"
    code, said = ingest("powell_thyne", 8 * MB)
    assert code == 0, said
    before = panel.load().vintage
    coups = publishers.files[publishers.key(editions.COUPS)]
    publishers.put(editions.COUPS, coups + b"Mali\t432\t2024\t5\t3\t2\tV2025.03.01\n")
    code, said = ingest("powell_thyne", MB // 2)
    assert code == 1, said
    assert "No space left on device" in said
    assert "Traceback" not in said
    assert panel.load().vintage == before
    assert [path.name for path in home.glob("panel*")] == ["panel"]
    code, said = ingest("powell_thyne", 8 * MB)  # nothing new to fetch: what is there was not compiled yet
    assert code == 0, said
    assert panel.load().vintage != before
