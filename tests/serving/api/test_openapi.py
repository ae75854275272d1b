"""The OpenAPI document is true: schemathesis asks the running service what it allows and what it forbids."""

import http.client
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving.app import PROBLEMS
from tests.bodies import bodies
from tests.servers import serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def unlimited(home: Path) -> Iterator[str]:
    with serving(home, CHOKEPOINT_RATE="0") as server:
        yield server.base


def test_schemathesis_finds_nothing_in_the_whole_document(unlimited: str, tmp_path: Path) -> None:
    told = str(Path(__file__).with_name("schemathesis.toml"))
    asked = [sys.executable, "-m", "schemathesis.cli", "--config-file", told, "run", f"{unlimited}/openapi.json"]
    asked += ["--phases", "examples,coverage,fuzzing", "--max-examples", "3", "--seed", "1", "--no-color"]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    operations = sum(
        len(verbs) for verbs in httpx.get(f"{unlimited}/openapi.json", timeout=60).json()["paths"].values()
    )
    assert f"Operations:       {operations} selected / {operations} total" in done.stdout


def test_every_operation_says_how_it_refuses(unlimited: str) -> None:
    document = httpx.get(f"{unlimited}/openapi.json", timeout=60).json()
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            said = set(operation["responses"])
            assert {str(status) for status in PROBLEMS} <= said, path
            assert verb == "get" or {"413", "415"} <= said, path


def test_no_body_of_a_sample_makes_the_service_fail(unlimited: str) -> None:
    client = http.client.HTTPConnection(unlimited.removeprefix("http://"), timeout=60)
    statuses: Counter[int] = Counter()
    for sent in bodies(400, seed=2):
        client.request("POST", sent.path, sent.body, {"Content-Type": sent.kind} if sent.kind else {})
        answer = client.getresponse()
        statuses[answer.status] += 1
        assert answer.status < 500, (sent, answer.read())
        answer.read()
    assert {200, 415, 422} <= set(statuses)
