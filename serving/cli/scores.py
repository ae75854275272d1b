"""`chokepoint skill` and `chokepoint backtest`: published scores, and those of a new backtest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.console import Json, bars, console

if TYPE_CHECKING:
    from training.studies.run_backtest import BacktestResult


def skill(
    target: Annotated[str, typer.Option(help="Target to show.")] = "disruption",
    window: Annotated[str, typer.Option(help="Origins: all, since_2015 or since_2020.")] = "all",
    as_json: Json = False,
) -> None:
    """Print the published scores of every method, on both versions of the catalogue, and their differences with intervals."""
    from data.contracts.forecasts import TARGETS
    from data.settings import settings
    from serving.cli.scores_output import print_calibration, print_differences, print_skill, printed_pairs, records
    from training.dataset.folds import WINDOWS
    from training.evaluation.score_table import calibration_table, pick
    from training.models.registry import CHAMPION
    from training.publication.publication import read_publication

    published = read_publication(settings().published)
    if target not in TARGETS or window not in WINDOWS:
        raise ValueError(
            f"no scores for target {target!r} and window {window!r}: targets are {', '.join(TARGETS)}, windows {', '.join(WINDOWS)}"
        )
    calibration = calibration_table(published.skill, CHAMPION)
    if as_json:
        tables = {"skill": published.skill, "differences": published.differences}
        content = {name: records(pick(table, target=target, window=window)) for name, table in tables.items()}
        content["calibration"] = records(pick(calibration, target=target))
        console.print_json(json.dumps(content))
        return
    for version in published.skill["episodes"].unique():
        print_skill(published.skill, target, window, version)
    print_differences(published.differences, printed_pairs(published.differences), target, window)
    print_calibration(calibration, target)


def backtest(
    first: Annotated[str, typer.Option("--from", help="First origin.")] = "1999-01",
    last: Annotated[str, typer.Option("--to", help="Last origin; default the newest.")] = "",
    model: Annotated[list[str] | None, typer.Option(help="Method to run; repeat for several. Default: all.")] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="Target whose rows and scores are written; repeat for several. Default: all."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for forecasts.parquet and skill.parquet; default inside the home folder."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Forecast every past origin knowing only what was known then; write the rows and the score tables."""
    from training.studies.run_backtest import run

    with bars(quiet=as_json) as progress:
        written = run(first, last, model or [], target or [], out, progress)
    _print_backtest(written, as_json)


def _print_backtest(written: BacktestResult, as_json: bool) -> None:
    """Print a backtest's scores and where its tables are."""
    from serving.cli.scores_output import print_skill, records

    if as_json:
        content = {"forecasts": str(written.forecasts), "rows": written.rows}
        tables = {"skill": records(written.skill), "differences": records(written.differences)}
        console.print_json(json.dumps(content | tables))
        return
    for target in written.skill["target"].unique():
        print_skill(written.skill, target, "all")
    console.print(f"{written.rows:,} forecast rows in {written.forecasts}; scores and differences in {written.folder}")
