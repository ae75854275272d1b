"""A run that is killed at any instant leaves nothing half-written to be read, and the next one completes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from data.compile.build import inputs
from data.files.atomic import DRAFTS
from data.ingest import manifest, snapshots
from data.ingest.fetch import fetch_sources
from data.ingest.read_tables import load_tables
from data.panel import panel
from data.settings import REPOSITORY, settings
from tests import editions
from tests.publishers import Publishers

DIE = "import os, signal\ndef die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
WHILE = {
    "the download": "import data.ingest.http_client as c\n"
    "old = c.Client.download\n"
    "c.Client.download = lambda self, wanted, known, arrived: old(self, wanted, known, die)\n",
    "the raw bytes are written": "os.replace = die\n",
    "the parsed rows are put in place": "old = os.replace\n"
    "os.replace = lambda a, b: die() if str(b).endswith('.parquet') else old(a, b)\n",
    "the ledger is written": "import data.ingest.snapshots as s\n"
    "def torn(home, entry):\n"
    "    with (home / 'snapshots' / 'manifest.jsonl').open('ab', buffering=0) as ledger: ledger.write(b'{\"sha256\": \"0f')\n"
    "    die()\n"
    "s.append_entry = torn\n",
}


def run(code: str, home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=os.environ | {"CHOKEPOINT_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("instant", WHILE)
def test_killed_while(instant: str, publishers: Publishers, home: Path) -> None:
    editions.publish_all(publishers)
    code = f"{DIE}from data.ingest.fetch import fetch_sources\n{WHILE[instant]}fetch_sources(['powell_thyne'])"
    killed = run(code, home)
    _, said = killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL, said.decode()
    assert manifest.read_manifest(home) == []
    assert load_tables(home)[0] == {}
    (result,) = fetch_sources(["powell_thyne"])
    assert (result.outcome, result.kept) == ("new", 10)
    assert len(load_tables(home)[0]["coups"]) == 10
    assert snapshots.verify(home) == []
    assert list(home.rglob(DRAFTS)) == []
    assert list(settings().downloads.iterdir()) == []


def test_a_killed_download_is_gone_on_with(publishers: Publishers, home: Path) -> None:
    editions.publish_all(publishers)
    killed = run(
        f"{DIE}from data.ingest.fetch import fetch_sources\n{WHILE['the download']}fetch_sources(['powell_thyne'])",
        home,
    )
    killed.communicate(timeout=60)
    (part,) = settings().downloads.glob("*.part")
    assert json.loads(part.with_suffix(".json").read_text())["etag"]
    cut = part.stat().st_size // 2
    part.write_bytes(part.read_bytes()[:cut])
    fetch_sources(["powell_thyne"])
    assert publishers.last("powell_thyne").headers["Range"] == f"bytes={cut}-"


def test_two_runs_at_once_take_turns(publishers: Publishers, home: Path) -> None:
    editions.publish_all(publishers)
    names = ["powell_thyne", "ucdp_country_year", "wfp_prices"]
    both = [run(f"from data.ingest.fetch import fetch_sources\nfetch_sources({names})", home) for _ in range(2)]
    assert [(p.communicate(timeout=60)[1], p.returncode) for p in both] == [(b"", 0), (b"", 0)]
    outcomes = [entry.outcome for entry in manifest.read_manifest(home)]
    assert outcomes == ["new"] * 3 + ["cached"] * 3
    assert snapshots.verify(home) == []


INGEST = "import sys\nfrom serving.cli.main import main\nsys.argv[1:] = ['ingest', '--source', 'powell_thyne']\nmain()"
IN_THE_BUILD = {
    "a table is reduced": "old = os.replace\nos.replace = lambda a, b: die() if 'reduced' in str(b) else old(a, b)\n",
    "the panel's tables are written": "import data.panel.folder as f\nf._sha256 = die\n",
    "the panel takes its place": "old = os.replace\nos.replace = lambda a, b: die() if str(a).endswith('.panel.draft') else old(a, b)\n",
}


@pytest.mark.slow
def test_a_build_killed_at_any_instant_leaves_the_old_panel_and_the_next_run_compiles(
    publishers: Publishers, home: Path
) -> None:
    editions.publish_all(publishers)
    assert run(INGEST, home).wait(timeout=300) == 0
    before = panel.load().vintage
    coups = publishers.files[publishers.key(editions.COUPS)]
    publishers.put(editions.COUPS, coups + b"Mali\t432\t2024\t5\t3\t2\tV2025.03.01\n")
    for instant, death in IN_THE_BUILD.items():
        killed = run(f"{DIE}{death}{INGEST}", home)
        _, said = killed.communicate(timeout=300)
        assert killed.returncode == -signal.SIGKILL, f"{instant}: {said.decode()}"
        assert panel.load().vintage == before, instant
    last = run(INGEST, home)  # nothing new to fetch, yet what is there was not compiled
    _, said = last.communicate(timeout=300)
    assert last.returncode == 0, said.decode()
    assert panel.load().vintage != before
    assert [path.name for path in home.glob("panel*")] == ["panel"]
    assert list(home.rglob(DRAFTS)) == []


@pytest.mark.slow
def test_two_ingests_at_once_compile_in_turn(publishers: Publishers, home: Path) -> None:
    editions.publish_all(publishers)
    both = [run(INGEST, home) for _ in range(2)]
    said = [(process.communicate(timeout=300), process.returncode) for process in both]
    assert [code for _, code in said] == [0, 0], said
    assert sorted(b"compiled in" in out for (out, _), _ in said) == [False, True]  # the second found nothing to do
    assert [entry.outcome for entry in manifest.read_manifest(home)] == ["new", "cached"]
    assert panel.load().manifest["inputs"] == inputs(home)
