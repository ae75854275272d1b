"""What `chokepoint alerts` prints: tables, or JSON."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from uuid import uuid4

from rich.console import Console
from rich.table import Column, Table

from data import calendar
from data.settings import settings
from serving.alerts import evaluate as after_publish
from serving.alerts.alert import Alert, Source, make_alert
from serving.alerts.evaluate import Attempt, body, driver_of
from serving.alerts.ledger import read_record
from serving.alerts.replay import Noise, noise, past_forecasts, replay
from serving.alerts.rules import read_rules
from serving.alerts.ssrf_guard import session
from serving.alerts.webhook import send
from serving.store import states_only
from training.publication.publication import read_publication

console = Console()


def listing(country: str, limit: int, as_json: bool) -> None:
    """Print the newest alerts and how many deliveries wait."""
    record = read_record(settings().published)
    codes = {code.strip().upper() for code in country.split(",") if code.strip()}
    found = [a for a in list(record.alerts.values())[::-1] if not codes or a.iso3 in codes][:limit]
    waiting = [{"alert": alert.id, "receiver": name} for alert, name in record.pending()]
    if as_json:
        print_json({"alerts": _dumped(found), "waiting": waiting})
        return
    _print_alerts(found, "Alerts, newest first")
    console.print(
        f"{len(waiting)} deliveries wait: `chokepoint alerts deliver` makes them." if waiting else "No delivery waits."
    )


def evaluate(as_json: bool) -> None:
    """Evaluate, deliver, and print both."""
    done = after_publish.evaluate_and_deliver(settings().published)
    if as_json:
        print_json({"raised": _dumped(done.raised), "deliveries": [_attempt(a) for a in done.attempts]})
    else:
        _print_alerts(done.raised, "Raised now")
        _print_attempts(done.attempts)
    _exit(done.attempts)


def deliver(as_json: bool) -> None:
    """Make what waits and print what came of it."""
    made = after_publish.deliver(settings().published)
    if as_json:
        print_json({"deliveries": [_attempt(a) for a in made]})
    else:
        _print_attempts(made)
    _exit(made)


def test(as_json: bool) -> None:
    """Send a sample to every receiver; it is not recorded."""
    rules, client = read_rules(settings().rules), session(allow_private=settings().alerts_allow_private)
    if not rules.webhook:
        raise ValueError(f"no receiver: {settings().rules} names no [[webhook]]; docs/alerts.md shows how")
    now = calendar.now()
    sample = Alert(
        id=f"test-{uuid4().hex}", rule="test", kind="test", origin=f"{now:%Y-%m}", raised_at=now, expires=now,
        headline="Test of a receiver", reason="Somebody asked for a test; nothing has happened.",
        link=settings().base_url + "/", model_version="", data_vintage="",
    )  # fmt: skip
    made = [
        Attempt(sample.id, hook.name, send(client, hook, sample.id, body("alert.test", sample), settings()))
        for hook in rules.webhook
    ]
    if as_json:
        print_json({"deliveries": [_attempt(a) for a in made]})
    else:
        _print_attempts(made)
    _exit(made)


def would_raise(origin: str, as_json: bool) -> None:
    """Print what the rules would raise at an origin: at a past one as if they had been evaluated at all before it."""
    rules, publication = read_rules(settings().rules), read_publication(settings().published)
    month = calendar.parse_month(origin) if origin else publication.origin
    if month in set(publication.forecasts["origin"]):
        rows = states_only(publication.forecasts)
        forecasts = {o: part for o, part in rows.groupby("origin") if o <= month}
    else:
        forecasts = {o: part for o, part in past_forecasts(rules).items() if o <= month}
    if month not in forecasts:
        raise ValueError(f"origin {month:%Y-%m} is neither published nor in the backtest: choose another --origin")
    news = next(found for at, found in replay(rules, forecasts) if at == month)
    stamped = forecasts[month].iloc[0]
    version, vintage = str(stamped.get("model_version", "backtest")), str(stamped["data_vintage"])
    source = Source(month, calendar.now(), version, vintage, settings().base_url)
    made = [make_alert(found, source, driver_of(publication, found, month)) for found in news]
    if as_json:
        print_json({"origin": f"{month:%Y-%m}", "would_raise": _dumped(made)})
        return
    _print_alerts(made, f"The rules would raise at origin {month:%Y-%m}")


def replayed(first: str, last: str, as_json: bool) -> None:
    """Print how noisy the rules would have been."""
    rules = read_rules(settings().rules)
    forecasts = past_forecasts(rules)
    since = calendar.parse_month(first) if first else min(forecasts)
    until = calendar.parse_month(last) if last else max(forecasts)
    lines = noise(rules, forecasts, since, until)
    if as_json:
        content = [
            {k: None if isinstance(v, float) and not isfinite(v) else v for k, v in asdict(n).items()} for n in lines
        ]
        print_json({"from": f"{since:%Y-%m}", "to": f"{until:%Y-%m}", "rules": content})
        return
    _print_noise(
        lines, f"Rules over the backtest, origins {since:%Y-%m} to {until:%Y-%m} (the first year is not counted)"
    )


def print_json(content: object) -> None:
    """Print one document."""
    console.print_json(json.dumps(content, allow_nan=False))


def _print_noise(lines: Sequence[Noise], title: str) -> None:
    table = Table("rule", title=title)
    for name in ("alerts", "a month", "busiest", "judged", "followed", "median lead"):
        table.add_column(name, justify="right", no_wrap=True)
    for n in lines:
        followed = f"{100 * n.followed:.0f} %" if isfinite(n.followed) else "–"
        lead = f"{n.median_lead_months:.0f} months" if isfinite(n.median_lead_months) else "–"
        table.add_row(n.rule, str(n.alerts), f"{n.per_month:.2f}", str(n.busiest_month), str(n.judged), followed, lead)
    console.print(table)


def _print_alerts(alerts: Sequence[Alert], title: str) -> None:
    if not alerts:
        console.print("No alert.")
        return
    table = Table("origin", "rule", "alert", title=title)
    for alert in alerts:
        table.add_row(alert.origin, alert.rule, f"{alert.reason}\n{alert.link}")
    console.print(table)


def _print_attempts(made: Sequence[Attempt]) -> None:
    if not made:
        console.print("Nothing to deliver.")
        return
    table = Table(*(Column(name, overflow="fold") for name in ("alert", "receiver", "outcome", "what came back")))
    for one in made:
        table.add_row(one.alert, one.receiver, one.answer.outcome, one.answer.detail or str(one.answer.status))
    console.print(table)


def _attempt(one: Attempt) -> dict[str, object]:
    return {"alert": one.alert, "receiver": one.receiver, **asdict(one.answer)}


def _dumped(alerts: Sequence[Alert]) -> list[dict[str, object]]:
    return [alert.model_dump(mode="json") for alert in alerts]


def _exit(made: Sequence[Attempt]) -> None:
    if any(one.answer.outcome == "failed" for one in made):
        sys.exit(1)
