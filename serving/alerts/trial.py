"""Trials of the rules and of the receivers: the alerts an origin would raise, and a signed sample to every receiver."""

from uuid import uuid4

import pandas as pd

from data import calendar
from data.settings import settings
from serving.alerts.alert import Alert, AlertProvenance, make_alert
from serving.alerts.evaluate import Attempt, payload, strongest_driver
from serving.alerts.replay import backtest_forecasts, replay
from serving.alerts.rule_file import read_rules
from serving.alerts.ssrf_guard import delivery_session
from serving.alerts.webhook import send
from serving.served_publication import states_only
from training.publication.publication import read_publication


def alerts_at(month: pd.Timestamp | None) -> tuple[pd.Timestamp, list[Alert]]:
    """Return the alerts the rules would raise at an origin, as if they had been evaluated at every origin before it.

    Args:
        month: A published origin or one of the backtest; None for the newest published one.

    Returns:
        The origin and its alerts; nothing is logged or delivered.

    Raises:
        ValueError: The origin is neither published nor in the backtest.
    """
    rules, publication = read_rules(settings().rules), read_publication(settings().published)
    month = publication.origin if month is None else month
    if month in set(publication.forecasts["origin"]):
        rows = states_only(publication.forecasts)
        forecasts = {origin: part for origin, part in rows.groupby("origin") if origin <= month}
    else:
        forecasts = {origin: part for origin, part in backtest_forecasts(rules).items() if origin <= month}
    if month not in forecasts:
        raise ValueError(f"origin {month:%Y-%m} is neither published nor in the backtest: choose another --origin")
    news = {publication.origin: states_only(publication.news.rows)} if publication.news else {}
    raised = next(conditions for origin, conditions in replay(rules, forecasts, news) if origin == month)
    first = forecasts[month].iloc[0]
    version, vintage = str(first.get("model_version", "backtest")), str(first["data_vintage"])
    provenance = AlertProvenance(month, calendar.now(), version, vintage, settings().base_url)
    return month, [
        make_alert(condition, provenance, strongest_driver(publication, condition, month)) for condition in raised
    ]


def send_samples() -> list[Attempt]:
    """Send a sample to every receiver; it is not logged.

    Raises:
        ValueError: The file of rules names no receiver.
    """
    rules, client = read_rules(settings().rules), delivery_session(allow_private=settings().alerts_allow_private)
    if not rules.webhook:
        raise ValueError(f"no receiver: {settings().rules} names no [[webhook]]; docs/alerts.md shows how")
    now = calendar.now()
    sample = Alert(
        id=f"test-{uuid4().hex}", rule="test", kind="test", origin=f"{now:%Y-%m}", raised_at=now, expires=now,
        headline="Test of a receiver", reason="Somebody asked for a test; nothing has happened.",
        link=settings().base_url + "/", model_version="", data_vintage="",
    )  # fmt: skip
    return [
        Attempt(sample.id, hook.name, send(client, hook, sample.id, payload("alert.test", sample), settings()))
        for hook in rules.webhook
    ]
