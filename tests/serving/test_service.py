import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, status: int, process: "subprocess.Popen[bytes]", seconds: float = 120) -> httpx.Response:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the service ended while starting"
        try:
            answer = httpx.get(url, timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        if answer.status_code == status:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{url} did not answer {status} within {seconds} s")


def start(home: Path, port: int, **settings: str) -> "subprocess.Popen[bytes]":
    script = f"from serving.service import run; run(port={port})"
    environment = os.environ | {"CHOKEPOINT_HOME": str(home), "PYTHONPATH": str(ROOT)} | settings
    return subprocess.Popen([sys.executable, "-c", script], env=environment, cwd=home, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def service(home: Path) -> Iterator[str]:
    port = free_port()
    process = start(home, port)
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{base}/readyz", 200, process)
        yield base
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            process.kill()


def test_the_probes_and_our_own_front_page_answer(service: str) -> None:
    assert httpx.get(f"{service}/livez").status_code == 200
    assert httpx.get(f"{service}/readyz").status_code == 200
    page = httpx.get(service, timeout=60)
    assert "Which capitals are at risk?" in page.text
    assert "googletagmanager" not in page.text


def test_predictions_and_forecasts_answer_over_http(service: str) -> None:
    answer = httpx.post(f"{service}/v1/predict", json={"rows": [{"iso3": "BFA"}]})
    assert answer.status_code == 200
    forecast = httpx.get(f"{service}/v1/forecasts/BFA").json()
    assert forecast["targets"]["disruption"]["risk"][0] == 0.02


def test_metrics_have_one_label_a_route_and_none_for_unknown_paths(service: str) -> None:
    for path in ("/v1/forecasts/BFA", "/v1/forecasts/NER", "/v1/forecasts/XXX", "/scan1", "/scan2/a.php"):
        httpx.get(f"{service}{path}")
    lines = httpx.get(f"{service}/metrics").text
    assert 'endpoint="/v1/forecasts/{iso3}"' in lines
    assert 'endpoint="none"' in lines
    assert "BFA" not in lines
    assert "scan" not in lines


def test_an_unknown_path_and_a_large_body_answer_in_the_one_shape(service: str) -> None:
    assert httpx.get(f"{service}/scan1").json()["error"]["code"] == "unknown_path"
    large = httpx.post(f"{service}/v1/predict", content=b"x" * (9 * 1024 * 1024))
    assert large.json()["error"]["code"] == "body_too_large"


def test_a_conditional_get_is_answered_304(service: str) -> None:
    tag = httpx.get(f"{service}/v1/capitals").headers["etag"]
    assert httpx.get(f"{service}/v1/capitals", headers={"If-None-Match": tag}).status_code == 304


def test_without_a_publication_the_service_lives_but_is_not_ready_and_says_why(tmp_path: Path) -> None:
    port = free_port()
    process = start(tmp_path, port)
    try:
        answer = wait_for(f"http://127.0.0.1:{port}/readyz", 503, process)
        assert answer.json()["error"]["message"].startswith("not ready: nothing is published in ")
        assert httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            process.kill()


def test_metrics_say_which_model_and_issue_answer_and_what_its_feeds_lacked(service: str) -> None:
    httpx.post(f"{service}/v1/predict", json={"rows": [{"iso3": "BFA"}]})
    deadline = time.monotonic() + 30
    while "chokepoint_model_info{" not in (lines := httpx.get(f"{service}/metrics").text):
        assert time.monotonic() < deadline, "the metrics do not name the model"
        time.sleep(0.1)
    shown = next(line for line in lines.splitlines() if line.startswith("chokepoint_model_info{"))
    assert 'publication="2026-10-v1"' in shown
    assert 'chokepoint_predicted_risk_count{target="disruption"}' in lines
    assert "chokepoint_publication_refused 0.0" in lines
    assert 'chokepoint_feed_units{table="rings",trouble="missing"} 3.0' in lines


def test_every_metric_of_the_dashboard_exists(service: str) -> None:
    lines = httpx.get(f"{service}/metrics").text
    panels = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text())["panels"]
    named = {name for panel in panels for t in panel["targets"] for name in re.findall(r"chokepoint_\w+", t["expr"])}
    assert named
    assert [name for name in sorted(named) if name not in lines] == []


def test_it_refuses_an_address_others_reach_while_there_is_no_key(
    tmp_path: Path, chokepoint: Callable[..., Any]
) -> None:
    ended = chokepoint(tmp_path, "serve", "--host", "0.0.0.0")  # noqa: S104
    assert ended.code == 1
    assert "there is no API key: make one with `chokepoint keys create NAME`" in ended.err


def test_a_killed_worker_loses_no_request_of_others_and_a_request_in_flight_outlives_sigterm(home: Path) -> None:
    port = free_port()
    process = start(home, port, CHOKEPOINT_WORKERS="2", CHOKEPOINT_RATE="0")
    base = f"http://127.0.0.1:{port}"
    body = {"rows": [{"iso3": "BFA", "origin": f"{year}-{m:02}"} for year in range(2016, 2026) for m in range(1, 13)]}
    try:
        wait_for(f"{base}/readyz", 200, process)
        workers = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
        serving = [pid for pid in workers if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        assert len(serving) == 2
        os.kill(serving[0], signal.SIGKILL)
        # Each is a connection of its own; those the dead worker had taken are the only ones that may be lost.
        deadline, answered = time.monotonic() + 60, 0
        while answered < 20:
            assert time.monotonic() < deadline
            answered += httpx.get(f"{base}/v1/forecasts/BFA", timeout=30).status_code in (200, 503)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(httpx.post, f"{base}/v1/predict", json=body, timeout=60)
            wait_until_busy(base, asked)
            process.send_signal(signal.SIGTERM)
            assert asked.result().status_code == 200
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()


def wait_until_busy(base: str, asked: "Future[httpx.Response]") -> None:
    """Wait until the service has taken a request; it counts one when it is answered, so a later one tells."""
    deadline = time.monotonic() + 30
    while not asked.done() and httpx.get(f"{base}/livez", timeout=30).status_code != 200:
        assert time.monotonic() < deadline
