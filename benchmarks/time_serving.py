"""Time the service against bare FastAPI and `mlflow models serve` on the same registered model, and load it beyond what it can.

Run: `.venv/bin/python benchmarks/time_serving.py` on an idle machine with a retrained home (CHOKEPOINT_HOME); five minutes.
`--soak 30` then holds half of the largest load for that many minutes; `--seconds` is the length of each other stretch.
"""

import argparse
import gzip
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import Seen, closed, opened, request
from benchmarks.markdown import fill_section
from data.calendar import now
from data.settings import REPOSITORY, settings
from features.build import feature_names
from training.publication.publication import read_publication
from training.tracking.code_version import commit

ROW = json.dumps({"rows": [{"iso3": "MLI"}]}).encode()
"""A capital as it is known: the service evaluates all capitals of an origin at once, when it is first asked."""
OWN = json.dumps({"rows": [{"iso3": "MLI", "features": {"corridor_attacks_5km_3m": 2.5}}]}).encode()
"""A row nobody can have evaluated before it is asked."""
SERVICE = [sys.executable, "-c", "from serving.service import run; run()"]


@contextmanager
def running(
    command: list[str], probe: str, environment: dict[str, str], port: int, folder: Path = REPOSITORY
) -> Iterator[tuple[int, float]]:
    """Start a server, wait until it answers, and end it; gives its process id and the seconds it took."""
    started = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, env=os.environ | environment, cwd=folder, start_new_session=True, **quiet)
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{probe}", timeout=5)
                break
            except (OSError, urllib.error.HTTPError) as error:
                if server.poll() is not None or time.perf_counter() - started > 180:
                    raise RuntimeError(f"{' '.join(command)} did not start: {error}") from error
                time.sleep(0.1)
        yield server.pid, time.perf_counter() - started
    finally:
        server.terminate()
        server.wait(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_mb(root: int) -> float:
    """Return the anonymous memory of a process and everything it started: pages of files count less while others map them too."""
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        try:
            smaps = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(next(line for line in smaps.splitlines() if line.startswith("Pss_Anon:")).split()[1])
            waiting += [
                int(c) for t in Path(f"/proc/{pid}/task").iterdir() for c in (t / "children").read_text().split()
            ]
        except OSError:
            continue
    return total / 1024


def line(what: str, seen: Seen) -> str:
    return f"| {what} | {seen.rate():,.0f} | {seen.ms(50):.1f} | {seen.ms(99):.1f} |"


def warm(port: int, content: bytes) -> None:
    """Wait out the pause in which start-up garbage is collected."""
    closed(port, content, 1, 8)


def compare(seconds: float) -> tuple[list[str], dict[str, float]]:
    """Time all three servers in one run, and the service alone beyond its limits."""
    lines, found = ["| what | requests/s | p50 ms | p99 ms |", "|---|---|---|---|"], {}
    port = free_port()
    environment = {"CHOKEPOINT_PORT": str(port), "CHOKEPOINT_RATE": "0", "CHOKEPOINT_CONCURRENCY": "16"}
    with running(SERVICE, "/readyz", environment, port) as (_, ready):
        found["ready"] = ready
        predict, evaluate = request("/v1/predict", port, ROW), request("/v1/predict", port, OWN)
        warm(port, predict)
        one, eight = closed(port, predict, 1, seconds), closed(port, predict, 8, seconds)
        own = closed(port, evaluate, 1, seconds)
        lines += [line("service, a capital, 1 client", one), line("service, a capital, 8 clients", eight)]
        lines.append(line("service, features of one's own, 1 client", own))
        reads = closed(port, request("/v1/forecasts/MLI", port), 8, seconds)
        lines.append(line("service, published forecast, 8 clients", reads))
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60).read()
        found |= {"one": one.rate(), "p99": one.ms(99), "largest": max(one.rate(), eight.rate())}
        found |= {"own": own.rate(), "own_p99": own.ms(99)}
        found |= {"reads": reads.rate(), "reads_p99": reads.ms(99), "page_kb": len(gzip.compress(page, 5)) / 1024}
        over = opened(port, predict, 2 * found["largest"], seconds)
        found |= {"refused": over.statuses[503] + over.statuses[429], "answered": over.statuses[200], "lost": over.lost}
        found["refused_p99"] = over.ms(99, 429, 503)
        ended = time.perf_counter()
        while closed(port, predict, 1, 0.5).ms(99) > 2 * max(one.ms(99), 15.0) and time.perf_counter() - ended < 60:
            pass
        found["recovered"] = time.perf_counter() - ended
    bare = [sys.executable, "-m", "uvicorn", "bare_app:app", "--app-dir", "benchmarks", "--no-access-log"]
    with running([*bare, "--port", str(port)], "/openapi.json", {}, port):
        evaluate = request("/predict", port, OWN)
        warm(port, evaluate)
        seen = closed(port, evaluate, 1, seconds)
        lines.append(line("bare FastAPI, features of one's own, 1 client", seen))
        found |= {"of_bare": found["own"] / seen.rate()}
        predict = request("/predict", port, ROW)
        seen = closed(port, predict, 1, seconds)
        lines.append(line("bare FastAPI, a capital, 1 client", seen))
        found |= {"known_of_bare": found["one"] / seen.rate()}
    mlflow = [
        sys.executable,
        "-m",
        "mlflow",
        "models",
        "serve",
        "-m",
        f"models:/{settings().registered_model}@champion",
    ]
    given = {"MLFLOW_TRACKING_URI": settings().tracking_uri, "MLFLOW_DISABLE_TELEMETRY": "true"}
    given["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # MLflow starts uvicorn by name
    with running([*mlflow, "--env-manager", "local", "--port", str(port)], "/ping", given, port):
        names = feature_names()
        body = json.dumps({"dataframe_split": {"columns": names, "data": [[0.0] * len(names)]}}).encode()
        predict = request("/invocations", port, body)
        warm(port, predict)
        seen = closed(port, predict, 1, seconds)
        lines.append(line("mlflow models serve, a row of features, 1 client", seen))
        found |= {"of_mlflow": found["own"] / seen.rate(), "known_of_mlflow": found["one"] / seen.rate()}
    return lines, found


def soak(rate: float, minutes: float) -> str:
    """Hold a load; say errors and memory after each tenth."""
    port = free_port()
    environment = {"CHOKEPOINT_PORT": str(port), "CHOKEPOINT_RATE": "0"}
    with running(SERVICE, "/readyz", environment, port) as (pid, _):
        predict = request("/v1/predict", port, ROW)
        warm(port, predict)
        seen, memory = [], []
        for _ in range(10):
            seen.append(opened(port, predict, rate, 6 * minutes, 16))
            memory.append(memory_mb(pid))
    answers = sum((stretch.statuses for stretch in seen), Counter[int]())
    errors = answers.total() - answers[200] + sum(stretch.lost for stretch in seen)
    slowest = max(stretch.ms(99) for stretch in seen)
    return (
        f"{minutes:g} minutes at {rate:,.0f} predictions/s: {answers.total():,} requests, {errors} errors, p99 {slowest:.1f} ms in the slowest tenth, "
        f"memory after each tenth {', '.join(f'{m:.0f}' for m in memory)} MB ({100 * (memory[-1] / memory[0] - 1):+.1f} %)."
    )


def main() -> None:
    """Write the table into benchmarks/BENCHMARKS.md."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--soak", type=float, default=0.0)
    options.add_argument("--seconds", type=float, default=15.0)
    given = options.parse_args()
    vintage = read_publication(settings().published).info.data_vintage
    lines, f = compare(given.seconds)
    said = [
        f"{now():%Y-%m-%d}, commit `{commit()}`, data `{vintage}`, {os.cpu_count()} cores, one worker: `.venv/bin/python benchmarks/time_serving.py`.",
        "",
        *lines,
        "",
        f"One client, a capital: {f['known_of_bare']:.2f} of bare FastAPI on the same model and panel (wanted 0.5), {f['known_of_mlflow']:.1f} times `mlflow models serve` (wanted 15), p99 {f['p99']:.1f} ms (wanted under 15). "
        f"Features of one's own, where the model is evaluated for the request: {f['of_bare']:.2f}, {f['of_mlflow']:.1f} times, p99 {f['own_p99']:.1f} ms. "
        f"Reads {f['reads']:,.0f}/s at p99 {f['reads_p99']:.1f} ms (wanted 1,000 and 50). Ready after {f['ready']:.1f} s (wanted 10). "
        f"Overview page {f['page_kb']:.0f} KB compressed (wanted 200).",
        "",
        f"Twice the largest load: {f['answered']:,} answered, {f['refused']:,} refused with a p99 of {f['refused_p99']:.0f} ms from when they were due, {f['lost']} lost; as fast as before {f['recovered']:.1f} s later (wanted 5).",
    ]
    if given.soak:
        said += ["", soak(f["largest"] / 2, given.soak)]
    fill_section(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "serving", "\n".join(said))


if __name__ == "__main__":
    main()
