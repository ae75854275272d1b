"""`chokepoint retrain` and `chokepoint backfill`: the main job for this month or for months past, and its report."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from serving.cli.console import Json, bars, console, errors

if TYPE_CHECKING:
    from training.job.backfill import BackfilledMonth
    from training.job.outcome import Outcome
    from training.publication.publication import Publication


def retrain(
    first: Annotated[str, typer.Option("--from", help="First origin of the backtest.")] = "1999-01",
    trained_from: Annotated[str, typer.Option(help="First origin a fit may learn from.")] = "1990-01",
    ingest_first: Annotated[
        bool | None,
        typer.Option("--ingest/--no-ingest", help="Fetch every open source first; default CHOKEPOINT_INGEST."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done and why; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Do the main job: backtest, fit, track in MLflow, promote or keep, publish, print the risks.

    Exit codes: 0 promoted (with warnings or without), 10 kept (or nothing new), 11 degraded (published all the same), 1 failed, 12 another job is running.
    """
    from data.calendar import parse_month
    from data.settings import settings
    from serving.alerts.evaluate import after_publication
    from training.job import retrain as job
    from training.job.options import Options
    from training.job.plan import plan

    options = Options(
        parse_month(first), settings().ingest if ingest_first is None else ingest_first, parse_month(trained_from)
    )
    if dry_run:
        _print_plan(plan(options), as_json)
        return
    with bars(quiet=as_json) as progress:
        outcome = job.retrain(progress, options, after_publication)
    _print_outcome(outcome, as_json)
    if outcome.exit:
        sys.exit(outcome.exit)


def backfill(
    first: Annotated[str, typer.Option("--from", help="First month, 2025-11 or later.")] = "2025-11",
    last: Annotated[str, typer.Option("--to", help="Last month.")] = "2026-10",
    backtest_from: Annotated[str, typer.Option(help="First origin of the backtests.")] = "1999-01",
    as_json: Json = False,
) -> None:
    """Retrain, decide and publish each month as it would have been at the time, in a home folder where nothing newer is published."""
    from data.calendar import parse_month
    from training.job import backfill as job
    from training.job.options import Options

    origins = job.months_to_backfill(parse_month(first), parse_month(last))
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    months = []
    with Progress(*columns, console=errors, disable=as_json) as shown:
        bar = shown.add_task("backfill", total=len(origins), left="")
        for month in job.backfill(
            origins, Options(parse_month(backtest_from)), lambda stage, *_: shown.update(bar, description=stage)
        ):
            shown.update(bar, advance=1, left=time_left(month.left))
            months.append(_month_content(month))
            if not as_json:
                errors.print(_month_line(month), soft_wrap=True, markup=False)
    if as_json:
        console.print_json(json.dumps(months))
        return
    console.print(
        f"{len(months)} months are there, {months[0]['origin']}..{months[-1]['origin']}. Experiments: make mlflow-ui"
    )


def _print_plan(lines: list[tuple[str, str]], as_json: bool) -> None:
    """Print what each stage would do."""
    if as_json:
        console.print_json(json.dumps([{"stage": stage, "would": would} for stage, would in lines]))
        return
    table = Table("stage", "what a retraining would do now")
    for stage, would in lines:
        table.add_row(stage, would)
    console.print(table)


def _print_outcome(outcome: Outcome, as_json: bool) -> None:
    """Print a finished retraining: the ranking, the scores, the decision, the times, and where to look."""
    from data.settings import settings
    from serving.cli.risks import print_ranked, ranked
    from serving.cli.scores_output import print_skill
    from training.publication.publication import read_publication

    published = read_publication(settings().published)
    rows = published.forecasts[published.forecasts["origin"] == published.origin]
    if as_json:
        content = {
            "outcome": outcome.name,
            "reason": outcome.reason,
            "warnings": outcome.warnings,
            "origin": f"{outcome.origin:%Y-%m}",
            "registered_model": published.info.registered_model,
            "model_version": outcome.version,
            "challenger": outcome.challenger,
            "decision": outcome.decision,
            "run_id": outcome.run_id,
            "data_vintage": published.info.data_vintage,
            "published": outcome.folder.name,
            "seconds": outcome.seconds,
            "peak_memory_mb": outcome.peak_memory_mb,
            "rows": ranked(published, rows, 20),
        }
        console.print_json(json.dumps(content, default=str))
        return
    print_ranked(ranked(published, rows, 20), outcome.origin, published)
    print_skill(published.skill, "disruption", "all")
    _print_decision(outcome, published)
    spent = ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in outcome.seconds.items())
    console.print(f"Took {sum(outcome.seconds.values()):.0f} s and {outcome.peak_memory_mb:,.0f} MB at most: {spent}.")
    console.print(
        f"API and pages: [bold]make serve[/], then http://127.0.0.1:{settings().port}/ (API documents at /docs)"
    )
    console.print(f"Experiments:   [bold]make mlflow-ui[/], then http://127.0.0.1:{settings().mlflow_port}/")


def _print_decision(outcome: Outcome, published: Publication) -> None:
    if outcome.decision:
        table = Table("check", "passed", "found", "bound", title="Challenger against champion")
        for check in outcome.decision["checks"]:
            passed = "no" if not check["passed"] else "with a warning" if check["warning"] else "yes"
            table.add_row(check["name"], passed, check["found"], check["bound"])
        console.print(table)
        console.print(f"Registered [bold]{published.info.registered_model}[/] version {outcome.challenger}.")
    console.print(f"{outcome.name.replace('_', ' ').capitalize()}: {outcome.reason}.", markup=False)
    console.print(f"Version {outcome.version} is champion and published as {outcome.folder.name}.", markup=False)
    for warning in outcome.warnings:
        console.print(f"warning: {warning}", markup=False)


def time_left(seconds: float) -> str:
    """Return an estimate of the time left in words; empty where none is known or left."""
    return f"about {max(1, round(seconds / 60))} min left" if seconds > 0 else ""


def _month_line(month: BackfilledMonth) -> str:
    if month.outcome is None:
        return f"{month.origin:%Y-%m} was there already"
    outcome = month.outcome
    return (
        f"{month.origin:%Y-%m} {outcome.name.replace('_', ' ')} in {month.seconds:.0f} s: version {outcome.challenger or outcome.version}, "
        f"{outcome.reason}; {time_left(month.left) or 'none left'}"
    )


def _month_content(month: BackfilledMonth) -> dict[str, object]:
    import pandas as pd

    outcome = month.outcome
    return {
        "origin": f"{month.origin:%Y-%m}",
        "outcome": outcome.name if outcome else "there already",
        "reason": outcome.reason if outcome else "",
        "challenger": outcome.challenger if outcome else "",
        "published": outcome.folder.name if outcome else "",
        "seconds": round(month.seconds, 1),
        "stages": {name: round(spent, 2) for name, spent in outcome.seconds.items()} if outcome else {},
        "left": None if pd.isna(month.left) else round(month.left),
    }
