"""The main job as a command: what it would do, what it did, and the exit code that says so."""

import json
import sys

from rich.console import Console
from rich.table import Table

from data.calendar import parse_month
from data.settings import settings
from serving.alerts.evaluate import after_publication
from serving.cli.console import bars
from serving.cli.risks_output import print_ranked, ranked
from serving.cli.scores_output import print_skill
from training.job.options import Options
from training.job.outcome import Outcome
from training.job.plan import plan
from training.job.retrain import retrain
from training.publication.publication import Publication, read_publication

console = Console()


def run(firsts: tuple[str, str], ingest: bool | None, *, dry_run: bool, as_json: bool) -> None:
    """Do the job, or say what it would do, and end the process with the code of its outcome.

    `firsts` are the first origin of the backtest and the first a fit may learn from.
    """
    tested, trained = (parse_month(month) for month in firsts)
    options = Options(tested, settings().ingest if ingest is None else ingest, trained)
    if dry_run:
        print_plan(plan(options), as_json)
        return
    with bars(quiet=as_json) as progress:
        done = retrain(progress, options, after_publication)
    show(done, as_json)
    if done.exit:
        sys.exit(done.exit)


def print_plan(lines: list[tuple[str, str]], as_json: bool) -> None:
    """Print what each stage would do."""
    if as_json:
        console.print_json(json.dumps([{"stage": stage, "would": would} for stage, would in lines]))
        return
    table = Table("stage", "what a retraining would do now")
    for stage, would in lines:
        table.add_row(stage, would)
    console.print(table)


def show(done: Outcome, as_json: bool) -> None:
    """Print what a retraining did: the ranking, the scores, the decision, the times, and where to look."""
    published = read_publication(settings().published)
    rows = published.forecasts[published.forecasts["origin"] == published.origin]
    if as_json:
        content = {
            "outcome": done.exit.name.lower(),
            "reason": done.reason,
            "warnings": done.warnings,
            "origin": f"{done.origin:%Y-%m}",
            "registered_model": published.info.registered_model,
            "model_version": done.version,
            "challenger": done.challenger,
            "decision": done.decision,
            "run_id": done.run_id,
            "data_vintage": published.info.data_vintage,
            "published": done.folder.name,
            "seconds": done.seconds,
            "peak_memory_mb": done.peak_memory_mb,
            "rows": ranked(published, rows, 20),
        }
        console.print_json(json.dumps(content, default=str))
        return
    print_ranked(ranked(published, rows, 20), done.origin, published)
    print_skill(published.skill, "disruption", "all")
    _print_decision(done, published)
    spent = ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in done.seconds.items())
    console.print(f"Took {sum(done.seconds.values()):.0f} s and {done.peak_memory_mb:,.0f} MB at most: {spent}.")
    console.print(
        f"API and pages: [bold]make serve[/], then http://127.0.0.1:{settings().port}/ (API documents at /docs)"
    )
    console.print(f"Experiments:   [bold]make mlflow-ui[/], then http://127.0.0.1:{settings().mlflow_port}/")


def _print_decision(done: Outcome, published: Publication) -> None:
    if done.decision:
        table = Table("check", "passed", "found", "bound", title="Challenger against champion")
        for check in done.decision["checks"]:
            table.add_row(check["name"], "yes" if check["passed"] else "no", check["found"], check["bound"])
        console.print(table)
        console.print(f"Registered [bold]{published.info.registered_model}[/] version {done.challenger}.")
    console.print(f"{done.exit.name.capitalize()}: {done.reason}.", markup=False)
    console.print(f"Version {done.version} is champion and published as {done.folder.name}.", markup=False)
    for warning in done.warnings:
        console.print(f"warning: {warning}", markup=False)
