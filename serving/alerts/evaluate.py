"""What happens after forecasts are published: rules are evaluated, alerts raised, deliveries made."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data import calendar
from data.files import jsonl_log
from data.settings import settings
from serving.alerts.alert import Alert, Source, identifier, make_alert
from serving.alerts.conditions import Condition, conditions
from serving.alerts.ledger import ledger_path, only_writer, read_record
from serving.alerts.rules import Rules, read_rules
from serving.alerts.ssrf_guard import session
from serving.alerts.webhook import Answer, send
from serving.store import states_only
from training.publication.publication import Publication, read_publication


@dataclass(frozen=True)
class Attempt:
    """One delivery that was tried."""

    alert: str
    receiver: str
    answer: Answer


@dataclass(frozen=True)
class Outcome:
    """What an evaluation raised and what became of the deliveries, among them those left from earlier runs."""

    raised: list[Alert]
    attempts: list[Attempt]


def evaluate_and_deliver(published: Path) -> Outcome:
    """Evaluate the rules on the current publication, record the alerts that are news, and make every pending delivery.

    Safe to call again at any time, and by several runs at once: an alert is raised once, and a delivery recorded as made
    is not made again. A receiver that cannot be reached keeps its deliveries for the next call; only a file of rules
    that is wrong, or no publication, raises.
    """
    rules = read_rules(settings().rules)
    publication = read_publication(published)
    with only_writer(published):
        raised = _raise(published, publication, rules)
    return Outcome(raised, deliver(published))


def deliver(published: Path) -> list[Attempt]:
    """Make the pending deliveries, oldest alert first; a receiver that fails is left for the next run."""
    rules, made = read_rules(settings().rules), list[Attempt]()
    hooks = {hook.name: hook for hook in rules.webhook}
    with only_writer(published):
        record, failed = read_record(published), set[str]()
        client = session(allow_private=settings().alerts_allow_private)
        for alert, name in record.pending():
            if name not in hooks or name in failed:
                continue
            if alert.expires < calendar.now():
                answer = Answer("expired", 0, f"not delivered by {alert.expires:%Y-%m-%d}")
            else:
                answer = send(client, hooks[name], alert.id, body("alert.raised", alert), settings())
            made.append(Attempt(alert.id, name, answer))
            _note(published, made[-1])
            if answer.outcome == "failed":
                failed.add(name)
    return made


def body(kind: str, alert: Alert) -> bytes:
    """Return the bytes of a delivery: type, time and the alert as /v1/alerts gives it."""
    content = {"type": kind, "timestamp": alert.raised_at.isoformat(), "data": alert.model_dump(mode="json")}
    return json.dumps(content).encode()


def driver_of(publication: Publication, found: Condition, origin: pd.Timestamp) -> str:
    """Return the sentence on what moves a capital's risk most; empty where none was published."""
    table = publication.drivers
    own = table[(table["iso3"] == found.subject) & (table["target"] == found.key[2]) & (table["origin"] == origin)]
    return str(own.sort_values("rank")["sentence"].iloc[0]) if len(own) else ""


def _raise(published: Path, publication: Publication, rules: Rules) -> list[Alert]:
    forecasts, origin = states_only(publication.forecasts), publication.origin
    month_before = calendar.month_at(calendar.month_index(origin) - 1)
    earlier = forecasts[forecasts["origin"] == month_before]
    held = conditions(rules.rule, forecasts[forecasts["origin"] == origin], earlier if len(earlier) else None)
    record, stamped = read_record(published), forecasts[forecasts["origin"] == origin].iloc[0]
    version, vintage = str(stamped["model_version"]), str(stamped["data_vintage"])
    source = Source(origin, calendar.now(), version, vintage, settings().base_url)
    raised = []
    for found in held:
        if identifier(found, origin) in record.alerts or not record.memory.is_news(found, origin):
            continue
        alert = make_alert(found, source, driver_of(publication, found, origin))
        receivers = [hook.name for hook in rules.webhook if hook.wants(alert.rule)]
        line = {"line": "raised", "alert": alert.model_dump(mode="json"), "receivers": receivers}
        jsonl_log.append(ledger_path(published), line)
        raised.append(alert)
    standing = sorted([list(found.key) for found in held])
    line = {"line": "evaluated", "origin": f"{origin:%Y-%m}", "publication": publication.folder.name}
    jsonl_log.append(ledger_path(published), line | {"at": source.raised_at.isoformat(), "standing": standing})
    return raised


def _note(published: Path, attempt: Attempt) -> None:
    answer = attempt.answer
    line = {"line": "delivery", "alert": attempt.alert, "receiver": attempt.receiver, "outcome": answer.outcome}
    said = {"status": answer.status, "detail": answer.detail, "at": calendar.now().isoformat()}
    jsonl_log.append(ledger_path(published), line | said)


def after_publication(published: Path) -> list[str]:
    """Raise and deliver alerts on the current publication; return what failed, which the next evaluation tries again."""
    try:
        evaluated = evaluate_and_deliver(published)
    except (OSError, ValueError, LookupError) as error:
        return [f"alerts: {error}"]
    return [f"alerts: {a.receiver}: {a.answer.detail}" for a in evaluated.attempts if a.answer.outcome != "delivered"]
