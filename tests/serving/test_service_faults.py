"""What goes wrong around the running service, and what it answers then: nothing of it ends a request that can be answered."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.settings import settings
from tests.servers import Askers, Server, eventually, serving
from training.publication.publication import CURRENT, current_folder

pytestmark = pytest.mark.slow
Publisher = Callable[[Path, str, str], Path]


@pytest.fixture
def own_home(home: Path, tmp_path: Path) -> Path:
    """A home of the test's own."""
    return Path(shutil.copytree(home, tmp_path / "home"))


def state(server: Server) -> dict[str, Any]:
    answer = httpx.get(f"{server.base}/readyz", timeout=30)
    assert answer.status_code == 200
    return dict(answer.json())


def comes_to_say(server: Server, name: str, text: str) -> None:
    eventually(lambda: text in str(state(server)[name]), lambda: f"no {text!r} in {state(server)}")


def point_to(published: Path, folder: str) -> None:
    draft = published / "draft.json"
    draft.write_text(json.dumps(json.loads((published / CURRENT).read_text()) | {"folder": folder}))
    draft.replace(published / CURRENT)


def test_champions_come_and_break_and_files_vanish_under_load_and_no_request_is_lost(
    own_home: Path, publisher: Publisher
) -> None:
    published = own_home / settings().published.name
    with serving(own_home, CHOKEPOINT_RATE="0") as server, Askers(server.port, 2) as askers:
        assert state(server)["model_version"] == "1"
        publisher(published, "2026-10-v2", "2")
        comes_to_say(server, "model_version", "2")
        shutil.copytree(current_folder(published), published / "broken")
        next((published / "broken" / "model").rglob("*.json")).write_text("{}")
        point_to(published, "broken")
        comes_to_say(server, "refused", "broken")
        assert httpx.get(f"{server.base}/v1/model").json()["model_version"] == "2"
        assert "broken" in httpx.get(f"{server.base}/v1/model").json()["refused"]
        publisher(published, "2026-10-v3", "3")
        comes_to_say(server, "model_version", "3")
        for folder in published.iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)
        (published / CURRENT).unlink()
        comes_to_say(server, "refused", "nothing is published")
        answered = askers.answered
        eventually(lambda: askers.answered > answered + 20, server.said)
        assert httpx.get(f"{server.base}/v1/forecasts/BFA").json()["model_version"] == "3"
    assert (askers.failed, askers.odd) == ([], [])


def test_without_its_registry_it_answers_as_before_and_says_so(own_home: Path) -> None:
    database = own_home / "mlflow.db"
    with serving(own_home, CHOKEPOINT_FOLLOW_SECONDS="0.1") as server:
        comes_to_say(server, "registry", "unable to open database file")
        with sqlite3.connect(database, isolation_level=None) as other:
            other.execute("CREATE TABLE held (by TEXT)")
            other.execute("BEGIN EXCLUSIVE")
            comes_to_say(server, "registry", "database is locked")
            assert httpx.get(f"{server.base}/v1/forecasts/BFA").status_code == 200
            assert "database is locked" in httpx.get(f"{server.base}/v1/model").json()["registry"]
            other.execute("ROLLBACK")


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own that a test may fill."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("a disk to fill is mounted, which needs root")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> None:
    with pytest.raises(OSError, match="No space left on device"):
        (disk / "filling").write_bytes(bytes(16 * 1024 * 1024))


def test_on_a_full_disk_it_answers_and_a_publication_that_does_not_fit_changes_nothing(
    home: Path, full_disk: Path, publisher: Publisher
) -> None:
    own = Path(shutil.copytree(home, full_disk / "home"))
    with serving(own, CHOKEPOINT_RATE="0", TMPDIR=str(full_disk)) as server:
        workers = server.workers()
        fill(full_disk)
        for path in ("/v1/forecasts/BFA", "/v1/capitals", "/metrics", "/", "/skill", "/sources", "/v1/sources"):
            assert httpx.get(server.base + path, timeout=60).status_code == 200, path
        with pytest.raises(OSError, match="No space left on device"):
            publisher(own / settings().published.name, "2026-10-v2", "2")
        answer = httpx.post(f"{server.base}/v1/predict", json={"rows": [{"iso3": "BFA"}]})
        assert (answer.status_code, answer.json()["model_version"]) == (200, "1")
        assert state(server)["refused"] is None
        assert server.workers() == workers
