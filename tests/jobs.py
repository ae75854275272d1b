"""Retrainings and other commands as processes of their own, which may die at any change they make to a file.

A server that has loaded the libraries once forks them, so that a process costs no seconds of import; each is a process of
its own with its own home folder, and dies by SIGKILL like any other.
"""

import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import mlflow

from data.files import jsonl_log
from data.panel.folder import STARTER
from data.settings import settings as in_force
from training.models.registry import load_model
from training.publication.publication import is_intact, read_publication

FIRST = "2024-11"
"""The newest origin that is scored: the shortest backtest a retraining takes."""
SMALL = ("retrain", "--from", FIRST, "--trained-from", "2020-06", "--json")
"""A retraining with every part of the real one, on the fewest origins."""
SETTINGS = {"CHOKEPOINT_INTERVAL_REFITS": "2", "CHOKEPOINT_THREADS": "1", "COLUMNS": "200"}
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "shutil.copyfile", "sqlite3.connect"}
KILLED = -signal.SIGKILL
ARTIFACTS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)
"""Where MLflow keeps absolute addresses of files."""

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    [
        "serving.cli.main",
        "training.job.plan",
        "training.job.retrain",
        "serving.alerts.evaluate",
        "mlflow.pyfunc",
        "mlflow.store.tracking.sqlalchemy_store",
        "mlflow.store.model_registry.sqlalchemy_store",
    ]
)


@dataclass(frozen=True)
class Death:
    """Where a process dies: before its `change`-th change of a file, counted from when the file or folder `after` is in place."""

    change: int = 1
    after: str = ""


def start(
    home: Path, *arguments: str, death: Death | None = None, settings: dict[str, str] | None = None
) -> ForkServerProcess:
    """Start a command of the command line on a home folder; what it prints goes to <home>.out and <home>.err."""
    process = _forks.Process(target=_command, args=(home, arguments, death, SETTINGS | (settings or {})))
    process.start()
    return process


def run(
    home: Path,
    *arguments: str,
    death: Death | None = None,
    settings: dict[str, str] | None = None,
    seconds: float | None = None,
) -> int:
    """Run a command to its end, or kill it after so many seconds; return its code, KILLED where it was killed."""
    process = start(home, *arguments, death=death, settings=settings)
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
    return int(process.exitcode or 0)


def said(home: Path) -> Any:
    """Return the JSON that the last command on a home folder printed."""
    return json.loads(home.with_suffix(".out").read_text())


def complaint(home: Path) -> str:
    """Return what the last command on a home folder wrote on standard error."""
    return home.with_suffix(".err").read_text()


def _command(home: Path, arguments: Iterable[str], death: Death | None, settings: dict[str, str]) -> None:
    os.environ.update(settings | {"CHOKEPOINT_HOME": str(home)})
    in_force.cache_clear()  # a module that was loaded before the fork may have asked for them
    for name, descriptor in (("out", 1), ("err", 2)):
        os.dup2(os.open(home.with_suffix(f".{name}"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    if death:
        sys.addaudithook(_Killer(death))
    from serving.cli.main import app

    app(list(arguments))


class _Killer:
    def __init__(self, death: Death) -> None:
        self.death, self.counts, self.seen = death, not death.after, 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in CHANGES and not (event == "open" and _writes(arguments)):
            return
        if self.counts:
            self.seen += 1
            if self.seen == self.death.change:
                os.kill(os.getpid(), signal.SIGKILL)
        elif event == "os.rename" and Path(str(arguments[1])).name == self.death.after:
            self.counts = True


def _writes(arguments: tuple[Any, ...]) -> bool:
    """Tell whether an `open` may change a file: by its mode, or by its flags where it has none."""
    _, mode, flags = arguments
    return (
        any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool(flags & (os.O_WRONLY | os.O_RDWR))
    )


def copy(source: Path, home: Path) -> None:
    """Copy a home folder to another place, where it stands on its own: MLflow keeps the places of artifacts as absolute addresses."""
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run(["cp", "-a", source, home], check=True)
    with closing(sqlite3.connect(home / "mlflow.db")) as database, database:
        for table, column in ARTIFACTS:
            database.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (f"{source}/", f"{home}/"))


def require_whole(home: Path, versions: int) -> None:
    """Hold a home folder to its promise after jobs that ended well: registry, publication and logs agree, nothing is there twice or half."""
    published = read_publication(home / "published")
    load_model(published.model_folder)
    # MLflow keeps a connection for each address, and each test puts another database at this one: it would see the first.
    seen = shutil.copyfile(home / "mlflow.db", Path(tempfile.mkdtemp(dir=home.parent)) / "mlflow.db")
    store = f"sqlite:///{seen}"
    client = mlflow.MlflowClient(store, store)
    name = published.info.registered_model
    assert str(client.get_model_version_by_alias(name, "champion").version) == published.info.model_version
    registered = client.search_model_versions(f"name = '{name}'")
    assert sorted(int(v.version) for v in registered) == list(range(1, versions + 1))
    experiments = [e.experiment_id for e in client.search_experiments()]
    runs = client.search_runs(experiments, max_results=1000)
    assert {r.info.status for r in runs} == {"FINISHED"}
    parents = [r for r in runs if "mlflow.parentRunId" not in r.data.tags]
    assert {r.info.run_id for r in parents} == {v.run_id for v in registered}
    assert len(parents) == versions
    assert len(client.search_logged_models(experiments)) == versions
    decided = [line["id"] for _, line in jsonl_log.entries(home / "decisions.jsonl")]
    assert len(decided) == len(set(decided))
    issues = {p.name for p in (home / "published").glob("20*")}
    assert {p.stem for p in (home / "issued").iterdir()} == issues
    raised = [
        line["alert"]["id"]
        for _, line in jsonl_log.entries(home / "published" / "alerts" / "ledger.jsonl")
        if "alert" in line
    ]
    assert len(raised) == len(set(raised))
    left = [
        p
        for p in home.rglob("*")
        if p.name.endswith((".draft", ".ready", ".retired", ".gone", ".damaged")) or p.parent.name == "work"
    ]
    assert left == []
    assert not (home / "change.json").exists()
    assert not (home / "job.json").exists()


def newer_data(home: Path, vintage: str = "2026-11.newer") -> None:
    """Put another vintage of the starter panel into a home folder, as `chokepoint ingest` does when something has changed."""
    shutil.copytree(STARTER, home / "panel", dirs_exist_ok=True)
    manifest = json.loads((home / "panel" / "manifest.json").read_text())
    (home / "panel" / "manifest.json").write_text(json.dumps(manifest | {"vintage": vintage}))


def serving(home: Path) -> str:
    """Return the name of the issue that is served, which must be whole."""
    folder = read_publication(home / "published").folder
    assert is_intact(folder)
    return folder.name


def finished(home: Path, stage: str) -> float:
    """Return when a stage of the job on its way was finished, 0 where it was not."""
    found = list((home / "work").glob(f"*/{stage}"))
    return found[0].stat().st_mtime if found else 0.0
