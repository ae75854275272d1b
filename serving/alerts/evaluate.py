"""Evaluation of the rules on a publication: alerts are raised, logged and delivered."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data import calendar
from data.files import jsonl_log
from data.settings import settings
from serving.alerts.alert import Alert, AlertProvenance, alert_id, make_alert
from serving.alerts.conditions import Condition, conditions
from serving.alerts.history import history_path, read_history, write_lock
from serving.alerts.rule_file import read_rules
from serving.alerts.rules import Rules
from serving.alerts.ssrf_guard import delivery_session
from serving.alerts.webhook import DeliveryResult, send
from serving.served_publication import states_only
from training.publication.publication import Publication, read_publication


@dataclass(frozen=True)
class Attempt:
    """One attempt to deliver an alert to a receiver."""

    alert: str
    receiver: str
    result: DeliveryResult


@dataclass(frozen=True)
class Evaluation:
    """The alerts an evaluation raised, and the deliveries attempted, those left from earlier runs included."""

    raised: list[Alert]
    attempts: list[Attempt]


def after_publication(published: Path) -> list[str]:
    """Evaluate the rules and deliver after a publication.

    Args:
        published: Folder of publications.

    Returns:
        A line for each failure; the next evaluation tries again.
    """
    try:
        evaluation = evaluate_and_deliver(published)
    except (OSError, ValueError, LookupError) as error:
        return [f"alerts: {error}"]
    return [f"alerts: {a.receiver}: {a.result.detail}" for a in evaluation.attempts if a.result.outcome != "delivered"]


def evaluate_and_deliver(published: Path) -> Evaluation:
    """Evaluate the rules on the current publication, raise and log the alerts that are new, and make every pending delivery.

    Idempotent, also for several runs at once: an alert is raised once, and a delivery logged as made is not made
    again. A receiver that cannot be reached keeps its deliveries for the next call.

    Raises:
        ValueError: The file of rules is invalid.
        FileNotFoundError: Nothing is published.
    """
    rules = read_rules(settings().rules)
    publication = read_publication(published)
    with write_lock(published):
        raised = _raise_alerts(published, publication, rules)
    return Evaluation(raised, deliver(published))


def deliver(published: Path) -> list[Attempt]:
    """Attempt the pending deliveries, oldest alert first; after a failure the receiver's others wait for the next run."""
    rules, attempts = read_rules(settings().rules), list[Attempt]()
    hooks = {hook.name: hook for hook in rules.webhook}
    with write_lock(published):
        history, failed = read_history(published), set[str]()
        client = delivery_session(allow_private=settings().alerts_allow_private)
        for alert, name in history.pending():
            if name not in hooks or name in failed:
                continue
            if alert.expires < calendar.now():
                result = DeliveryResult("expired", 0, f"not delivered by {alert.expires:%Y-%m-%d}")
            else:
                result = send(client, hooks[name], alert.id, payload("alert.raised", alert), settings())
            attempts.append(Attempt(alert.id, name, result))
            _log_attempt(published, attempts[-1])
            if result.outcome == "failed":
                failed.add(name)
    return attempts


def payload(kind: str, alert: Alert) -> bytes:
    """Return the body of a delivery as JSON: type, time, and the alert as in /v1/alerts."""
    content = {"type": kind, "timestamp": alert.raised_at.isoformat(), "data": alert.model_dump(mode="json")}
    return json.dumps(content).encode()


def strongest_driver(publication: Publication, condition: Condition, origin: pd.Timestamp) -> str:
    """Return the sentence on the strongest driver of a condition's risk; empty where none is published."""
    table = publication.drivers
    drivers = table[
        (table["iso3"] == condition.subject) & (table["target"] == condition.key[2]) & (table["origin"] == origin)
    ]
    return str(drivers.sort_values("rank")["sentence"].iloc[0]) if len(drivers) else ""


def _raise_alerts(published: Path, publication: Publication, rules: Rules) -> list[Alert]:
    forecasts, origin = states_only(publication.forecasts), publication.origin
    month_before = calendar.month_at(calendar.month_index(origin) - 1)
    now, earlier = (forecasts[forecasts["origin"] == month] for month in (origin, month_before))
    news = None if publication.news is None else states_only(publication.news.rows)
    held = conditions(rules.rule, now, earlier if len(earlier) else None, news)
    history, first = read_history(published), now.iloc[0]
    version, vintage = str(first["model_version"]), str(first["data_vintage"])
    provenance = AlertProvenance(origin, calendar.now(), version, vintage, settings().base_url)
    raised = []
    for condition in held:
        if alert_id(condition, origin) in history.alerts or not history.conditions.is_new(condition, origin):
            continue
        alert = make_alert(condition, provenance, strongest_driver(publication, condition, origin))
        receivers = [hook.name for hook in rules.webhook if hook.wants(alert.rule)]
        line = {"line": "raised", "alert": alert.model_dump(mode="json"), "receivers": receivers}
        jsonl_log.append(history_path(published), line)
        raised.append(alert)
    standing = sorted([list(condition.key) for condition in history.conditions.standing(held, origin)])
    line = {"line": "evaluated", "origin": f"{origin:%Y-%m}", "publication": publication.folder.name}
    jsonl_log.append(history_path(published), line | {"at": provenance.raised_at.isoformat(), "standing": standing})
    return raised


def _log_attempt(published: Path, attempt: Attempt) -> None:
    result = attempt.result
    line = {"line": "delivery", "alert": attempt.alert, "receiver": attempt.receiver, "outcome": result.outcome}
    details = {"status": result.status, "detail": result.detail, "at": calendar.now().isoformat()}
    jsonl_log.append(history_path(published), line | details)
