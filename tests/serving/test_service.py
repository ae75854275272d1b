"""The running service: BentoML's process group, asked over HTTP."""

import json
import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.settings import REPOSITORY
from tests.servers import Askers, answers, eventually, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def service(home: Path) -> Iterator[str]:
    with serving(home) as server:
        yield server.base
        assert server.stop() == 0


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
    with serving(tmp_path, ready=("/readyz", 503)) as server:
        answer = httpx.get(f"{server.base}/readyz")
        assert answer.json()["error"]["message"].startswith("not ready: nothing is published in ")
        assert httpx.get(f"{server.base}/livez").status_code == 200
        assert server.stop() == 0


def test_metrics_say_which_model_and_publication_answer_and_what_its_feeds_lacked(service: str) -> None:
    httpx.post(f"{service}/v1/predict", json={"rows": [{"iso3": "BFA"}]})
    eventually(lambda: "chokepoint_model_info{" in httpx.get(f"{service}/metrics").text, lambda: "no model is named")
    lines = httpx.get(f"{service}/metrics").text
    shown = next(line for line in lines.splitlines() if line.startswith("chokepoint_model_info{"))
    assert 'publication="2026-10-v1"' in shown
    assert 'chokepoint_predicted_risk_count{target="disruption"}' in lines
    assert "chokepoint_publication_refused 0.0" in lines
    assert 'chokepoint_feed_units{table="rings",trouble="missing"} 3.0' in lines


def test_every_metric_of_the_dashboard_exists(service: str) -> None:
    lines = httpx.get(f"{service}/metrics").text
    panels = json.loads((REPOSITORY / "deploy" / "grafana-dashboard.json").read_text())["panels"]
    named = {name for panel in panels for t in panel["targets"] for name in re.findall(r"chokepoint_\w+", t["expr"])}
    assert named
    assert [name for name in sorted(named) if name not in lines] == []


def test_a_trace_is_one_span_a_request_named_by_its_route(home: Path) -> None:
    with serving(home, CHOKEPOINT_TRACES="console") as server:
        httpx.get(f"{server.base}/v1/forecasts/BFA", headers={"Authorization": "Bearer cp_secret"})
        assert server.stop() == 0
        said = server.said()
    assert re.findall(r'^    "name": "(.*)",$', said, re.M) == ["GET /v1/forecasts/{iso3}"]
    assert "cp_secret" not in said


def test_it_refuses_an_address_others_reach_while_there_is_no_key(
    tmp_path: Path, chokepoint: Callable[..., Any]
) -> None:
    ended = chokepoint(tmp_path, "serve", "--host", "0.0.0.0")  # noqa: S104
    assert ended.code == 1
    assert "there is no API key: make one with `chokepoint keys create NAME`" in ended.err


def test_a_request_in_flight_is_answered_before_the_service_ends(home: Path) -> None:
    body = json.dumps({"rows": [{"iso3": "BFA"}]}).encode()
    head = "POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    with serving(home) as server, socket.create_connection(("127.0.0.1", server.port), 30) as client:
        client.sendall(head.encode() + body[:5])
        assert client.recv(4096).startswith(b"HTTP/1.1 100 ")  # the service waits for the body
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: answers(f"{server.base}/livez", 1) is None, lambda: "new requests are still answered")
        client.sendall(body[5:])
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
        client.close()
        assert server.process.wait(60) == 0


def test_a_worker_killed_under_load_loses_only_what_it_had_begun(home: Path) -> None:
    with serving(home, CHOKEPOINT_WORKERS="2", CHOKEPOINT_RATE="0") as server, Askers(server.port, 8) as askers:
        workers = server.workers()
        assert len(workers) == 2
        eventually(lambda: askers.answered > 200, lambda: f"{askers.answered} were answered")
        os.kill(workers[0], signal.SIGSTOP)
        begun = connections(workers[0], server.port)
        os.kill(workers[0], signal.SIGKILL)
        before = askers.answered
        eventually(lambda: set(server.workers()) - set(workers) != set(), server.said)
        eventually(lambda: askers.answered > before + 500, lambda: f"{askers.answered} were answered")
        eventually(lambda: len(server.workers()) == 2, server.said)
    assert set(askers.failed) <= begun
    assert askers.odd == []


def connections(process: int, port: int) -> set[int]:
    """Return the clients' ports of the connections that a process has taken at a port."""
    opened = {str(fd.readlink()) for fd in Path(f"/proc/{process}/fd").iterdir()}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = [row for row in rows if int(row[1].split(":")[1], 16) == port and f"socket:[{row[9]}]" in opened]
    return {int(row[2].split(":")[1], 16) for row in ours}
