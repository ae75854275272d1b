"""What several test modules share: the real data where it is, and a home folder of the test's own."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from data.panel.folder import STARTER
from data.panel.panel import Panel, assemble, load
from data.settings import REPOSITORY, settings
from serving.cli.console import console
from serving.cli.main import app
from tests.publishers import Publishers, serve

pytest_plugins = ["tests.publication", "tests.retrainings", "tests.workers"]
MakePanel = Callable[[Iterable[tuple[str, str, str, str, str]]], Panel]
NO_COVERAGE = pd.DataFrame(columns=["source", "table", "iso3", "first", "last"])


def catalogue(rows: Iterable[tuple[str, str, str, str, str]]) -> pd.DataFrame:
    """Return (iso3, kind, start, end, confidence) as a catalogue of episodes."""
    table = pd.DataFrame(rows, columns=["iso3", "kind", "start", "end", "confidence"])
    months = {c: pd.to_datetime(table[c]).astype("datetime64[us]") for c in ("start", "end")}
    return table.assign(**months, capital="a capital", reason="a reason")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The project's folder of real publishers' rows; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("CHOKEPOINT_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set CHOKEPOINT_REAL_DATA to a folder of publishers' files")
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home folder in force for one test."""
    monkeypatch.setenv("CHOKEPOINT_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield tmp_path / "home"
    settings.cache_clear()


@pytest.fixture
def publishers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publishers]:
    """Every publisher played on loopback, with settings that find it and do not wait."""
    with serve() as played:
        for name, value in {
            "MIRRORS": json.dumps(played.mirrors),
            "FETCH_INTERVAL": "0",
            "FETCH_BACKOFF": "0",
            "FETCH_ATTEMPTS": "3",
            "FETCH_TIMEOUT": "5",
        }.items():
            monkeypatch.setenv(f"CHOKEPOINT_{name}", value)
        settings.cache_clear()
        yield played
    settings.cache_clear()


@pytest.fixture(scope="session")
def starter_tables() -> dict[str, pd.DataFrame]:
    """The compiled tables of the starter panel; copy before changing one."""
    return {path.stem: pd.read_parquet(path) for path in sorted(STARTER.glob("*.parquet"))}


@pytest.fixture(scope="session")
def starter() -> Panel:
    """The starter panel."""
    return load(STARTER)


@pytest.fixture(scope="session")
def panel_of() -> MakePanel:
    """Make a panel whose only content is a catalogue; its last month is that of the newest episode."""
    return lambda rows: assemble({"coverage": NO_COVERAGE}, catalogue(rows), {"vintage": "test.1"})


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def chokepoint(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Ended]]:
    """Run a command of the command line on a home folder, in this process: libraries are loaded once."""

    def run(home: Path, *arguments: str) -> Ended:
        monkeypatch.setenv("CHOKEPOINT_HOME", str(home))
        monkeypatch.setattr(console, "width", 200)
        settings.cache_clear()
        code = 0
        try:
            app(list(arguments), standalone_mode=False)
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ended(code, *capsys.readouterr())

    yield run
    settings.cache_clear()
