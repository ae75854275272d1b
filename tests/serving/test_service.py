import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

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


def start(home: Path, port: int) -> "subprocess.Popen[bytes]":
    script = f"from serving.service import run; run(port={port})"
    environment = os.environ | {"CHOKEPOINT_HOME": str(home), "PYTHONPATH": str(ROOT)}
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
    page = httpx.get(service)
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
        assert answer.text.startswith("not ready: ")
        assert httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            process.kill()
