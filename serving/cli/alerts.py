"""`chokepoint alerts`: the alerts raised, the deliveries still to be made, and what the rules would raise."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from serving.cli.console import Json, console

if TYPE_CHECKING:
    from serving.alerts.alert import Alert
    from serving.alerts.evaluate import Attempt
    from serving.alerts.replay import AlertStatistics

alerts_app = typer.Typer(no_args_is_help=True, help="Alerts: raised by rule, delivered as signed webhooks and feeds.")


@alerts_app.command("list")
def list_alerts(
    country: Annotated[str, typer.Option(help="ISO3 codes, comma separated; default all.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest to list.")] = 50,
    as_json: Json = False,
) -> None:
    """List the alerts raised so far, newest first, with the deliveries still to be made."""
    from data.settings import settings
    from serving.alerts.history import read_history

    history = read_history(settings().published)
    codes = {code.strip().upper() for code in country.split(",") if code.strip()}
    newest = [a for a in list(history.alerts.values())[::-1] if not codes or a.iso3 in codes][:limit]
    waiting = [{"alert": alert.id, "receiver": name} for alert, name in history.pending()]
    if as_json:
        _print_json({"alerts": _dumped(newest), "waiting": waiting})
        return
    _print_alerts(newest, "Alerts, newest first")
    console.print(
        f"{len(waiting)} deliveries wait: `chokepoint alerts deliver` makes them." if waiting else "No delivery waits."
    )


@alerts_app.command("evaluate")
def evaluate_rules(as_json: Json = False) -> None:
    """Evaluate the rules on the current publication, raise new alerts, and deliver them; repeating it changes nothing."""
    from data.settings import settings
    from serving.alerts.evaluate import evaluate_and_deliver

    evaluation = evaluate_and_deliver(settings().published)
    if as_json:
        _print_json({"raised": _dumped(evaluation.raised), "deliveries": [_attempt(a) for a in evaluation.attempts]})
    else:
        _print_alerts(evaluation.raised, "Raised now")
        _print_attempts(evaluation.attempts)
    _exit(evaluation.attempts)


@alerts_app.command("deliver")
def deliver_alerts(as_json: Json = False) -> None:
    """Make the deliveries that are still to be made; exit 1 where one failed."""
    from data.settings import settings
    from serving.alerts.evaluate import deliver

    _report(deliver(settings().published), as_json)


@alerts_app.command("test")
def try_alerts(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; list the alerts the rules would raise.")
    ] = False,
    origin: Annotated[
        str, typer.Option(help="With --dry-run: origin month, such as 2025-08; default the newest.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Send a signed sample to every receiver and print the responses; exit 1 where one failed."""
    from data.calendar import parse_month
    from serving.alerts.trial import alerts_at, send_samples

    if not dry_run:
        _report(send_samples(), as_json)
        return
    month, alerts = alerts_at(parse_month(origin) if origin else None)
    if as_json:
        _print_json({"origin": f"{month:%Y-%m}", "would_raise": _dumped(alerts)})
    else:
        _print_alerts(alerts, f"The rules would raise at origin {month:%Y-%m}")


@alerts_app.command("replay")
def replay_rules(
    first: Annotated[str, typer.Option("--from", help="First origin; default the backtest's first.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last origin; default the backtest's last.")] = "",
    as_json: Json = False,
) -> None:
    """Evaluate the rules over the backtest: alerts a month, share followed by an episode within the horizon, median lead."""
    from data import calendar
    from data.settings import settings
    from serving.alerts.replay import alert_statistics, backtest_forecasts
    from serving.alerts.rule_file import read_rules

    rules = read_rules(settings().rules)
    forecasts = backtest_forecasts(rules)
    since = calendar.parse_month(first) if first else min(forecasts)
    until = calendar.parse_month(last) if last else max(forecasts)
    lines = alert_statistics(rules, forecasts, since, until)
    if as_json:
        content = [
            {k: None if isinstance(v, float) and not isfinite(v) else v for k, v in asdict(n).items()} for n in lines
        ]
        _print_json({"from": f"{since:%Y-%m}", "to": f"{until:%Y-%m}", "rules": content})
        return
    _print_statistics(
        lines, f"Rules over the backtest, origins {since:%Y-%m} to {until:%Y-%m} (the first year is not counted)"
    )


def _print_json(content: object) -> None:
    """Print one JSON document."""
    console.print_json(json.dumps(content, allow_nan=False))


def _print_statistics(lines: Sequence[AlertStatistics], title: str) -> None:
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


def _print_attempts(attempts: Sequence[Attempt]) -> None:
    if not attempts:
        console.print("Nothing to deliver.")
        return
    table = Table(*(Column(name, overflow="fold") for name in ("alert", "receiver", "outcome", "response")))
    for one in attempts:
        table.add_row(one.alert, one.receiver, one.result.outcome, one.result.detail or str(one.result.status))
    console.print(table)


def _attempt(one: Attempt) -> dict[str, object]:
    return {"alert": one.alert, "receiver": one.receiver, **asdict(one.result)}


def _dumped(alerts: Sequence[Alert]) -> list[dict[str, object]]:
    return [alert.model_dump(mode="json") for alert in alerts]


def _report(attempts: Sequence[Attempt], as_json: bool) -> None:
    """Print deliveries; exit 1 where one failed."""
    if as_json:
        _print_json({"deliveries": [_attempt(a) for a in attempts]})
    else:
        _print_attempts(attempts)
    _exit(attempts)


def _exit(attempts: Sequence[Attempt]) -> None:
    if any(one.result.outcome == "failed" for one in attempts):
        sys.exit(1)
