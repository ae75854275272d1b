"""Who is let in, seen from outside: the real application on a real key file."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from serving.api.api_keys import create_key, revoke_key
from serving.app import create_app
from serving.middleware.access import AccessControl, KeyFile
from serving.middleware.limits_and_headers import SecurityHeaders
from serving.middleware.rate_limit import Limits, TokenBuckets
from serving.middleware.request_metrics import RequestMetrics
from serving.middleware.response_cache import ResponseCache
from serving.store import Store

BODY = {"rows": [{"iso3": "BFA"}]}
NO_LIMITS = Limits()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "keys.json"


@pytest.fixture
def guarded(store: Store, path: Path) -> Callable[..., TestClient]:
    """Build the application with keys from `path`, asked from an address."""
    store.refresh()

    def made(address: str = "127.0.0.1", limits: Limits = NO_LIMITS, base: str = "http://127.0.0.1:3000") -> TestClient:
        app = RequestMetrics(SecurityHeaders(AccessControl(create_app(store), KeyFile(path), limits)), [])
        return TestClient(app, base_url=base, client=(address, 50000), follow_redirects=False)

    return made


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def test_without_keys_this_machine_is_answered_and_no_other(guarded: Callable[..., TestClient]) -> None:
    assert guarded().get("/v1/capitals").status_code == 200
    refused = guarded("10.1.2.3").get("/v1/capitals")
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "keys_needed"


def test_a_name_rebound_to_this_machine_and_a_forwarded_request_are_refused(guarded: Callable[..., TestClient]) -> None:
    assert guarded(base="http://evil.example:3000").get("/v1/capitals").status_code == 403
    assert guarded().get("/v1/capitals", headers={"x-forwarded-for": "10.1.2.3"}).status_code == 403


def test_with_keys_a_request_without_one_is_401_from_everywhere(guarded: Callable[..., TestClient], path: Path) -> None:
    client = guarded()
    create_key(path, "newsroom", "read")
    refused = client.get("/v1/capitals")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert client.get("/v1/capitals", headers=bearer("cp_1_2")).status_code == 401
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("scope", "statuses"), [("read", (200, 403, 403)), ("predict", (200, 200, 403)), ("admin", (200, 200, 404))]
)
def test_each_scope_reaches_as_far_as_it_says(
    guarded: Callable[..., TestClient], path: Path, scope: str, statuses: tuple[int, int, int]
) -> None:
    _, secret = create_key(path, "newsroom", scope)  # type: ignore[arg-type]
    client = guarded("10.1.2.3")
    got = (
        client.get("/v1/capitals", headers=bearer(secret)).status_code,
        client.post("/v1/predict", headers=bearer(secret), json=BODY).status_code,
        client.get("/metrics", headers=bearer(secret)).status_code,  # BentoML's, so not here: 404 behind the door
    )
    assert got == statuses


def test_metrics_are_read_without_a_key_on_this_machine_directly_only(
    guarded: Callable[..., TestClient], path: Path
) -> None:
    create_key(path, "newsroom", "read")
    assert guarded().get("/metrics").status_code == 404
    assert guarded().get("/metrics", headers={"forwarded": "for=10.1.2.3"}).status_code == 401
    assert guarded("10.1.2.3").get("/metrics").status_code == 401


def test_a_revoked_key_is_refused_with_the_next_request(guarded: Callable[..., TestClient], path: Path) -> None:
    key, secret = create_key(path, "newsroom", "read")
    client = guarded()
    assert client.get("/v1/capitals", headers=bearer(secret)).status_code == 200
    revoke_key(path, key.id)
    assert client.get("/v1/capitals", headers=bearer(secret)).status_code == 401


@pytest.mark.parametrize(
    "broken", [lambda p: p.unlink(), lambda p: p.write_text("{"), lambda p: p.chmod(0o644) or p.touch()]
)
def test_a_lost_or_broken_key_file_lets_nobody_in(
    guarded: Callable[..., TestClient], path: Path, broken: Callable[[Path], object]
) -> None:
    _, secret = create_key(path, "newsroom", "read")
    client = guarded()
    assert client.get("/v1/capitals", headers=bearer(secret)).status_code == 200
    broken(path)
    assert client.get("/v1/capitals", headers=bearer(secret)).status_code == 401
    assert client.get("/v1/capitals").status_code == 401


@pytest.fixture
def browser(guarded: Callable[..., TestClient], path: Path) -> Iterator[TestClient]:
    """A browser that has entered a key of scope predict."""
    _, secret = create_key(path, "analyst", "predict")
    client = guarded("10.1.2.3", base="http://risks.example")
    answer = client.post("/login", data={"key": secret, "next": "/skill"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/skill")
    assert secret not in answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict"} <= {part.strip() for part in answer.headers["set-cookie"].split(";")}
    return client


def test_a_browser_without_a_key_is_sent_to_the_login_and_back(guarded: Callable[..., TestClient], path: Path) -> None:
    create_key(path, "analyst", "read")
    client = guarded("10.1.2.3")
    answer = client.get("/skill", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/skill")
    page = client.get("/login?next=//evil.example", headers={"accept": "text/html"})
    assert 'name="next" value="/"' in page.text
    wrong = client.post("/login", data={"key": "cp_1_2"})
    assert wrong.status_code == 401
    assert "not valid" in wrong.text


def test_a_session_reads_pages_and_asks_what_if_from_our_own_origin_only(browser: TestClient) -> None:
    assert browser.get("/skill").status_code == 200
    assert browser.post("/v1/predict", json=BODY).status_code == 401
    assert browser.post("/v1/predict", json=BODY, headers={"origin": "http://evil.example"}).status_code == 401
    assert browser.post("/v1/predict", json=BODY, headers={"origin": "http://risks.example"}).status_code == 200


def test_answers_that_needed_a_key_are_private(guarded: Callable[..., TestClient], path: Path) -> None:
    assert guarded().get("/v1/capitals").headers["cache-control"] == "public, max-age=60"
    _, secret = create_key(path, "newsroom", "read")
    assert guarded().get("/v1/capitals", headers=bearer(secret)).headers["cache-control"] == "private, max-age=60"


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    buckets = TokenBuckets(Limits(rate=2, burst=3))
    assert [buckets.wait("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.wait("b", 0.0) == 0
    assert buckets.wait("a", 0.5) == 0
    assert buckets.wait("a", 0.5) == 0.5


def test_too_many_requests_are_429_and_say_when_to_come_back(guarded: Callable[..., TestClient]) -> None:
    client = guarded(limits=Limits(rate=0.5, burst=1))
    assert client.get("/v1/capitals").status_code == 200
    refused = client.get("/v1/capitals")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == "2"
    assert client.get("/readyz").status_code == 200


def test_what_comes_while_too_many_are_answered_is_503_at_once(tmp_path: Path) -> None:
    released = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await released.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def crowd() -> list[int]:
        door = AccessControl(slow, KeyFile(tmp_path / "keys.json"), Limits(concurrency=2))
        transport = httpx.ASGITransport(door, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            asked = [asyncio.create_task(client.get("/")) for _ in range(5)]
            refused, _ = await asyncio.wait(asked[2:])
            assert all(task.result().headers["retry-after"] == "1" for task in refused)
            released.set()
            answers = [(await task).status_code for task in asked]
            return [*answers, (await client.get("/")).status_code]

    assert asyncio.run(crowd()) == [200, 200, 503, 503, 503, 200]


def test_the_access_log_is_json_and_holds_no_secret(store: Store, path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store.refresh()
    key, secret = create_key(path, "newsroom", "read")
    app = RequestMetrics(AccessControl(create_app(store), KeyFile(path), Limits()), [], as_json=True)
    client = TestClient(app, base_url="http://127.0.0.1", client=("10.1.2.3", 1))
    with caplog.at_level(logging.INFO, "chokepoint.access"):
        client.get("/v1/capitals?token=hidden", headers=bearer(secret) | {"cookie": "chokepoint=hidden"})
    lines = [json.loads(r.message) for r in caplog.records if r.message.startswith("{")]
    assert [(r["client"], r["method"], r["path"], r["status"]) for r in lines][-1:] == [
        (f"key {key.id}", "GET", "/v1/capitals", 200)
    ]
    assert secret not in caplog.text
    assert "hidden" not in caplog.text


def test_a_repeated_read_is_answered_from_cache_until_the_state_changes(store: Store) -> None:
    asked = []

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    async def get(app: ResponseCache, path: str) -> list[Message]:
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
        await app(scope, lambda: asyncio.sleep(0), keep)  # type: ignore[arg-type,return-value]
        return sent

    store.refresh()
    app = ResponseCache(route, store)
    first = asyncio.run(get(app, "/a"))
    assert asyncio.run(get(app, "/a")) == first
    asyncio.run(get(app, "/b"))
    assert asked == ["/a", "/b"]
    store.compare_with_registry(lambda: "7")
    asyncio.run(get(app, "/a"))
    assert asked == ["/a", "/b", "/a"]
