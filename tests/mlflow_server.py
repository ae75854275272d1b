"""MLflow as teams run it: a tracking server on PostgreSQL that hands artifacts on, both real, on loopback, gone afterwards."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

DEADLINE = 240.0
"""Seconds a server may take to start on a busy machine."""


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else found[-1].parent if found else None


def user() -> str | None:
    """Return the user a database may run as: PostgreSQL refuses root."""
    if os.geteuid():
        return pwd.getpwuid(os.geteuid()).pw_name
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def database() -> Iterator[str]:
    """Run PostgreSQL on an empty folder and give the address of its database."""
    found, owner, port = programs(), user(), free_port()
    assert found is not None
    assert owner is not None
    folder = Path(tempfile.mkdtemp(prefix="chokepoint-postgresql-"))  # pytest's own folders are closed to other users
    shutil.chown(folder, owner)
    as_owner = {} if os.geteuid() else {"user": owner}
    subprocess.run(
        [found / "initdb", "-D", folder / "data", "-U", "mlflow", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        capture_output=True,
        **as_owner,
    )
    options = ["-h", "127.0.0.1", "-p", str(port), "-k", "", "-c", "fsync=off"]
    log = (folder / "log").open("wb")
    running = subprocess.Popen([found / "postgres", "-D", folder / "data", *options], stderr=log, **as_owner)
    try:
        ready = [found / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-q"]
        wait(lambda: subprocess.run(ready, check=False).returncode == 0, running, folder / "log")
        yield f"postgresql://mlflow@127.0.0.1:{port}/postgres"
    finally:
        running.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
        running.wait(DEADLINE)
        log.close()
        shutil.rmtree(folder)


@contextmanager
def tracking_server(store: str, artifacts: Path, log: Path) -> Iterator[int]:
    """Run `mlflow server` on a database and a folder of artifacts, and give its port."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", store, "--artifacts-destination", str(artifacts)]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1"}
    with log.open("wb") as output:
        running = subprocess.Popen(
            command, env=os.environ | quiet, stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait(lambda: answers(f"http://127.0.0.1:{port}/health"), running, log)
        yield port
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait(DEADLINE)


def answers(url: str) -> bool:
    """Tell whether an address answers that all is well."""
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def wait(ready: Callable[[], bool], running: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server is ready; fail with what it wrote where it ends or the deadline passes."""
    until = time.monotonic() + DEADLINE
    while not ready():
        assert running.poll() is None, log.read_text()[-2000:]
        assert time.monotonic() < until, f"not ready after {DEADLINE:.0f} s: {log.read_text()[-2000:]}"
        time.sleep(0.2)
