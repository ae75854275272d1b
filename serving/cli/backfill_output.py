"""The backfill as a command: one bar for all months with an estimate of the time left, a line a month, or JSON."""

import json

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from data.calendar import parse_month
from serving.cli.console import errors
from training.job.backfill import BackfilledMonth, backfill, months_to_backfill
from training.job.options import Options

console = Console()


def run(first: str, last: str, backtest_from: str, as_json: bool) -> None:
    """Make each month from `first` to `last` as it would have been made then."""
    wanted = months_to_backfill(parse_month(first), parse_month(last))
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    made = []
    with Progress(*columns, console=errors, disable=as_json) as shown:
        bar = shown.add_task("backfill", total=len(wanted), left="")
        for month in backfill(
            wanted, Options(parse_month(backtest_from)), lambda stage, *_: shown.update(bar, description=stage)
        ):
            shown.update(bar, advance=1, left=_spelled(month.left))
            made.append(_content(month))
            if not as_json:
                errors.print(_line(month), soft_wrap=True, markup=False)
    if as_json:
        console.print_json(json.dumps(made))
        return
    console.print(
        f"{len(made)} months are there, {made[0]['origin']}..{made[-1]['origin']}. Experiments: make mlflow-ui"
    )


def _line(month: BackfilledMonth) -> str:
    if month.outcome is None:
        return f"{month.origin:%Y-%m} was there already"
    done = month.outcome
    return (
        f"{month.origin:%Y-%m} {done.exit.name.lower()} in {month.seconds:.0f} s: version {done.challenger or done.version}, "
        f"{done.reason}; {_spelled(month.left) or 'none left'}"
    )


def _spelled(seconds: float) -> str:
    return f"about {max(1, round(seconds / 60))} min left" if seconds > 0 else ""


def _content(month: BackfilledMonth) -> dict[str, object]:
    done = month.outcome
    return {
        "origin": f"{month.origin:%Y-%m}",
        "outcome": done.exit.name.lower() if done else "there already",
        "reason": done.reason if done else "",
        "challenger": done.challenger if done else "",
        "published": done.folder.name if done else "",
        "seconds": round(month.seconds, 1),
        "stages": {name: round(spent, 2) for name, spent in done.seconds.items()} if done else {},
        "left": None if pd.isna(month.left) else round(month.left),
    }
