"""Deliveries to real receivers on loopback: signed, tried again, gone on with, never recorded twice."""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier

from data import calendar
from data.settings import REPOSITORY, settings
from serving.alerts import evaluate
from serving.alerts.history import history_path, read_history
from serving.alerts.ssrf_guard import is_public
from tests.receivers import SILENCE, Receiver, receive

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
RULE = '[[rule]]\nname = "high"\nkind = "above"\nhorizon = 1\nrisk = 0.015\n'
"""At the published origin Ouagadougou has .02 and Niamey .01; Bamako is besieged."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as made:
        yield made


@pytest.fixture
def home(
    tmp_path: Path, publisher: Callable[[Path, str, str], Path], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A home with a publication, a rule and a receiver."""
    for name, value in {
        "HOME": str(tmp_path),
        "WEBHOOK_SECRET": SECRET,
        "ALERTS_ALLOW_PRIVATE": "1",
        "FETCH_BACKOFF": "0",
        "FETCH_ATTEMPTS": "2",
        "FETCH_TIMEOUT": "5",
        "PUBLIC_URL": "https://risk.example.org/",
    }.items():
        monkeypatch.setenv(f"CHOKEPOINT_{name}", value)
    settings.cache_clear()
    publisher(tmp_path / "published", "2026-10-v1", "1")
    (tmp_path / "alerts.toml").write_text(f'{RULE}[[webhook]]\nname = "desk"\nurl = "{receiver.url}"\n')
    yield tmp_path
    settings.cache_clear()


def outcomes(home: Path) -> list[str]:
    return list(read_history(home / "published").outcomes.values())


def run(home: Path) -> evaluate.Evaluation:
    return evaluate.evaluate_and_deliver(home / "published")


def process(code: str) -> subprocess.Popen[bytes]:
    begun = "from serving.alerts.evaluate import *\nfrom data.settings import settings\n"
    return subprocess.Popen(
        [sys.executable, "-c", begun + code], cwd=REPOSITORY, env=dict(os.environ), stderr=subprocess.PIPE
    )


def test_a_delivery_is_signed_over_its_name_time_and_body(home: Path, receiver: Receiver) -> None:
    (alert,) = run(home).raised
    (came,) = receiver.received
    assert Verifier(SECRET).verify(came.body, came.headers)["data"]["id"] == alert.id
    signed = f"{came.headers['webhook-id']}.{came.headers['webhook-timestamp']}.".encode() + came.body
    by_hand = base64.b64encode(hmac.new(b"k" * 32, signed, hashlib.sha256).digest()).decode()
    assert came.headers["webhook-signature"] == f"v1,{by_hand}"
    assert abs(calendar.now().timestamp() - int(came.headers["webhook-timestamp"])) < 60
    assert came.headers["webhook-id"] == alert.id
    assert json.loads(came.body)["data"]["link"] == "https://risk.example.org/capitals/BFA"


def test_an_alert_is_raised_and_delivered_once_however_often_it_is_evaluated(home: Path, receiver: Receiver) -> None:
    first, second = run(home), run(home)
    assert [alert.iso3 for alert in first.raised] == ["BFA"]
    assert (second.raised, second.attempts) == ([], [])
    assert len(receiver.received) == 1


def test_the_same_condition_is_not_raised_for_a_second_publication(
    home: Path, receiver: Receiver, publisher: Callable[[Path, str, str], Path]
) -> None:
    run(home)
    publisher(home / "published", "2026-10-v2", "2")
    assert run(home).raised == []
    assert len(receiver.received) == 1


def test_a_receiver_that_fails_once_is_tried_again_under_the_same_name(home: Path, receiver: Receiver) -> None:
    receiver.answers = [(500, {}), (200, {})]
    run(home)
    assert len(receiver.received) == 2
    assert len(set(receiver.ids)) == 1
    assert outcomes(home) == ["delivered"]


def test_a_receiver_that_keeps_failing_gets_it_at_the_next_run(home: Path, receiver: Receiver) -> None:
    receiver.answers = [(500, {}), (503, {})]
    (attempt,) = run(home).attempts
    assert (attempt.result.outcome, attempt.result.status) == ("failed", 503)
    assert len(read_history(home / "published").pending()) == 1
    (attempt,) = evaluate.deliver(home / "published")
    assert attempt.result.outcome == "delivered"
    assert read_history(home / "published").pending() == []


def test_a_receiver_that_asks_to_wait_is_waited_for(home: Path, receiver: Receiver) -> None:
    receiver.answers = [(429, {"Retry-After": "1"}), (200, {})]
    run(home)
    first, second = (int(one.headers["webhook-timestamp"]) for one in receiver.received)
    assert second - first >= 1
    assert all(Verifier(SECRET).verify(one.body, one.headers) for one in receiver.received)
    assert outcomes(home) == ["delivered"]


def test_a_receiver_that_asks_for_too_long_a_wait_is_left_for_the_next_run(home: Path, receiver: Receiver) -> None:
    receiver.answers = [(429, {"Retry-After": "3600"})]
    run(home)
    assert len(receiver.received) == 1
    assert outcomes(home) == ["failed"]


def test_a_receiver_that_says_no_is_not_asked_again_at_once(home: Path, receiver: Receiver) -> None:
    receiver.answers = [(400, {})]
    run(home)
    assert len(receiver.received) == 1
    assert outcomes(home) == ["failed"]


def test_a_silent_receiver_times_out(home: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOKEPOINT_FETCH_TIMEOUT", "0.3")
    settings.cache_clear()
    receiver.answers = [(SILENCE, {}), (SILENCE, {})]
    (attempt,) = run(home).attempts
    assert attempt.result.detail == "silence for 0.3 s"
    receiver.released.set()


def test_a_redirect_is_not_followed(home: Path, receiver: Receiver) -> None:
    with receive() as elsewhere:
        receiver.answers = [(307, {"Location": elsewhere.url})]
        (attempt,) = run(home).attempts
        assert "redirects are not followed" in attempt.result.detail
        assert elsewhere.received == []


def test_a_private_address_is_refused_before_anything_is_sent(
    home: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHOKEPOINT_ALERTS_ALLOW_PRIVATE", "0")
    settings.cache_clear()
    (attempt,) = run(home).attempts
    assert "127.0.0.1, which is not a public address" in attempt.result.detail
    assert receiver.received == []


def test_the_address_that_was_checked_is_the_one_connected_to(
    home: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name answers once with a public address and then with loopback: nothing reaches loopback."""
    import socket

    asked: list[str] = []
    real = socket.getaddrinfo

    def rebound(host: str, port: int, *rest: object, **named: object) -> object:
        asked.append(host)
        if host != "rebind.example":
            return real(host, port, *rest, **named)
        address = "192.0.2.1" if len(asked) > 1 else "8.8.8.8"
        return real("127.0.0.1" if len(asked) > 1 else address, port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    monkeypatch.setenv("CHOKEPOINT_ALERTS_ALLOW_PRIVATE", "0")
    monkeypatch.setenv("CHOKEPOINT_FETCH_TIMEOUT", "0.2")
    monkeypatch.setenv("CHOKEPOINT_FETCH_ATTEMPTS", "1")
    settings.cache_clear()
    url = receiver.url.replace("127.0.0.1", "rebind.example")
    (home / "alerts.toml").write_text(f'{RULE}[[webhook]]\nname = "desk"\nurl = "{url}"\n')
    (attempt,) = run(home).attempts
    assert attempt.result.outcome == "failed"
    assert receiver.received == []
    assert asked == ["rebind.example", "8.8.8.8"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ],
)
def test_these_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_these_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_without_a_secret_nothing_is_sent_and_no_secret_is_written_anywhere(
    home: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_SECRET", "c2hvcnQ=")
    (home / "alerts.toml").write_text(
        f'{RULE}[[webhook]]\nname = "desk"\nurl = "{receiver.url}"\nsecret_env = "DESK_SECRET"\n'
    )
    (attempt,) = run(home).attempts
    assert attempt.result.detail.startswith("DESK_SECRET is not set to a secret")
    assert receiver.received == []
    monkeypatch.setenv("DESK_SECRET", SECRET)
    evaluate.deliver(home / "published")
    assert Verifier(SECRET).verify(receiver.received[0].body, receiver.received[0].headers)
    assert SECRET not in history_path(home / "published").read_text()
    assert SECRET not in repr(settings())


def test_a_receiver_hears_of_the_rules_it_asked_for(home: Path, receiver: Receiver) -> None:
    other = '[[rule]]\nname = "low"\nkind = "above"\nhorizon = 1\nrisk = 0.005\n'
    hook = f'[[webhook]]\nname = "desk"\nurl = "{receiver.url}"\nrules = ["high"]\n'
    (home / "alerts.toml").write_text(RULE + other + hook)
    done = run(home)
    assert [(alert.rule, alert.iso3) for alert in done.raised] == [("high", "BFA"), ("low", "BFA"), ("low", "NER")]
    assert receiver.ids == [done.raised[0].id]


def test_killed_while_delivering_it_goes_on_under_the_same_name(home: Path, receiver: Receiver) -> None:
    """The receiver has it, but nobody noted so: it comes twice, and its name says that it is the same."""
    receiver.answers = [(SILENCE, {})]
    killed = process("evaluate_and_deliver(settings().published)")
    assert receiver.arrived.wait(60)
    killed.send_signal(signal.SIGKILL)
    killed.wait(20)
    receiver.released.set()
    done = run(home)
    assert done.raised == []
    assert [attempt.result.outcome for attempt in done.attempts] == ["delivered"]
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1


def test_killed_between_two_lines_nothing_is_raised_twice(home: Path, receiver: Receiver) -> None:
    die = "import os, signal, data.files.jsonl_log as l\nold = l.append\n"
    die += "def once(path, line):\n    old(path, line)\n    os.kill(os.getpid(), signal.SIGKILL)\nl.append = once\n"
    killed = process(die + "evaluate_and_deliver(settings().published)")
    killed.wait(60)
    assert killed.returncode == -signal.SIGKILL
    assert len(read_history(home / "published").alerts) == 1
    assert run(home).raised == []
    assert len(receiver.received) == 1


def test_two_runs_at_once_take_turns(home: Path, receiver: Receiver) -> None:
    both = [process("evaluate_and_deliver(settings().published)") for _ in range(2)]
    assert [(p.communicate(timeout=60)[1], p.returncode) for p in both] == [(b"", 0), (b"", 0)]
    assert len(receiver.received) == 1
    assert len(read_history(home / "published").alerts) == 1


def test_a_delivery_not_made_in_time_expires(home: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver.answers = [(400, {})]
    (alert,) = run(home).raised
    monkeypatch.setattr(calendar, "now", lambda: alert.expires.replace(year=alert.expires.year + 1))
    (attempt,) = evaluate.deliver(home / "published")
    assert attempt.result.outcome == "expired"
    assert read_history(home / "published").pending() == []
    assert len(receiver.received) == 1


def test_the_test_command_sends_a_signed_sample_and_records_nothing(
    home: Path, receiver: Receiver, chokepoint: Callable[..., object]
) -> None:
    done = chokepoint(home, "alerts", "test", "--json")
    assert done.code == 0, done.err
    (came,) = receiver.received
    assert Verifier(SECRET).verify(came.body, came.headers)["type"] == "alert.test"
    assert json.loads(done.out)["deliveries"][0]["outcome"] == "delivered"
    receiver.answers = [(500, {}), (500, {})]
    assert chokepoint(home, "alerts", "test").code == 1
    assert not history_path(home / "published").exists()


def test_the_commands_evaluate_list_deliver_and_try_out(
    home: Path, receiver: Receiver, chokepoint: Callable[..., object]
) -> None:
    tried = json.loads(chokepoint(home, "alerts", "test", "--dry-run", "--origin", "2026-09", "--json").out)
    assert [alert["iso3"] for alert in tried["would_raise"]] == ["BFA"]
    receiver.answers = [(400, {})]
    done = chokepoint(home, "alerts", "evaluate", "--json")
    assert done.code == 1
    (raised,) = json.loads(done.out)["raised"]
    listed = json.loads(chokepoint(home, "alerts", "list", "--json").out)
    assert [alert["id"] for alert in listed["alerts"]] == [raised["id"]]
    assert listed["waiting"] == [{"alert": raised["id"], "receiver": "desk"}]
    assert chokepoint(home, "alerts", "deliver").code == 0
    assert json.loads(chokepoint(home, "alerts", "list", "--json").out)["waiting"] == []
