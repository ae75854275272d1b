"""`chokepoint study` and `chokepoint tune`: refits that show where the skill comes from, and a search of settings."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from serving.cli.console import Json, bars, console

if TYPE_CHECKING:
    from training.studies.run_search import SearchResult
    from training.studies.run_study import StudyResult

study_app = typer.Typer(no_args_is_help=True, help="Refits that show where the skill comes from.")

StudyFrom = Annotated[str, typer.Option("--from", help="First origin.")]
StudyTo = Annotated[str, typer.Option("--to", help="Last origin.")]
StudyModel = Annotated[str, typer.Option("--model", help="Method to study; default the champion's.")]
StudyYears = Annotated[int, typer.Option("--refit-years", min=1, help="Calendar years between refits.")]
StudyOut = Annotated[
    Path | None, typer.Option("--out", help="Folder for the study's own folder; default inside the home folder.")
]


def _add(study: str, text: str) -> None:
    """Add the command of a study: all take the same options."""

    def command(
        first: StudyFrom = "2000-01",
        last: StudyTo = "2024-11",
        model: StudyModel = "",
        refit_years: StudyYears = 5,
        out: StudyOut = None,
        as_json: Json = False,
    ) -> None:
        from training.models.registry import CHAMPION
        from training.studies.run_study import run

        with bars(quiet=as_json) as progress:
            result = run(study, first, last, model or CHAMPION, refit_years, out, progress)
        _print_study(result, as_json)

    study_app.command(study, help=text)(command)


_add(
    "ablation",
    "Measure the contribution of each feature group: the method with and without the group, on the same refits.",
)
_add(
    "leave-out",
    "Measure memorisation: each capital forecast by fits without its rows, or without those of its whole region.",
)
_add(
    "learning-curve",
    "Measure the value of more data: the method fitted on 5 to 20 years only, or on a part of the capitals.",
)


def tune(
    model: Annotated[
        str, typer.Option(help="Method whose settings are searched; default the trees.")
    ] = "hazard_xgboost",
    trials: Annotated[
        int, typer.Option(min=2, help="Trials in all, those of an earlier, killed run of the same search included.")
    ] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    first: StudyFrom = "1999-01",
    last: StudyTo = "2009-12",
    refit_years: StudyYears = 3,
    as_json: Json = False,
) -> None:
    """Search a method's settings on origins before 2010 and recommend the best; those of the stack are the weights its pools shrink to."""
    from training.studies.run_search import run

    with bars(quiet=as_json) as progress:
        result = run(model, trials, seed, first, last, refit_years, progress)
    _print_search(result, as_json)


def _print_study(study: StudyResult, as_json: bool) -> None:
    """Print a study's differences over all its origins, and where its tables are."""
    from data.contracts.forecasts import TARGETS
    from serving.cli.scores_output import print_differences, records
    from training.studies.run_study import NOTES

    if as_json:
        description = vars(study.description) | {"folder": str(study.folder), "run_id": study.run_id}
        tables = {"skill": records(study.skill), "differences": records(study.differences)}
        console.print_json(json.dumps(description | tables))
        return
    pairs = list(dict.fromkeys(zip(study.differences["model"], study.differences["reference"], strict=True)))
    for target in TARGETS:
        print_differences(study.differences, pairs, target, "all")
    console.print(NOTES[study.description.study], soft_wrap=True)
    console.print(
        f"{study.description.refits} refits, every {study.description.refit_years} years, in {study.description.seconds:.0f} s. "
        f"Tables and figures in {study.folder}; MLflow run {study.run_id}.",
        soft_wrap=True,
    )


def _print_search(search: SearchResult, as_json: bool) -> None:
    """Print the best settings beside those in force, and how much better they would have been."""
    from serving.cli.scores_output import difference, records
    from training.studies.run_search import NOTE

    advice = search.recommendation
    if as_json:
        content = asdict(advice) | {
            "cells": records(search.cells),
            "folder": str(search.folder),
            "run_id": search.run_id,
        }
        console.print_json(json.dumps(content))
        return
    table = Table(
        title=f"Settings of {advice.model}: best of {advice.trials} trials, origins {advice.first} to {advice.last}"
    )
    for name in ("setting", "in force", f"best (trial {advice.best_trial})"):
        table.add_column(name, justify="left" if name == "setting" else "right")
    for name, value in advice.in_force.items():
        table.add_row(name, f"{value:.4g}", f"{advice.best[name]:.4g}")
    console.print(table)
    spread = Table(title="Log score, best minus in force, with 95 % intervals over capitals; below 0 is better")
    spread.add_column("target")
    horizons = list(search.cells["horizon"].unique())
    for horizon in horizons:
        spread.add_column(f"h = {horizon}")
    for target, rows in search.cells.groupby("target", sort=False):
        at = {row.horizon: difference(row) for row in rows.itertuples()}
        spread.add_row(str(target), *(at[horizon] for horizon in horizons))
    console.print(spread)
    console.print(
        f"Mean log score {advice.log_score_in_force:.5f} in force, {advice.log_score_best:.5f} best: "
        f"{advice.difference:+.5f} ({advice.low:+.5f}, {advice.high:+.5f}). {advice.pruned} of {advice.trials} trials pruned, "
        f"{advice.seconds:.0f} s.",
        soft_wrap=True,
    )
    console.print(f"{NOTE} Stored in {search.folder}; MLflow run {search.run_id}.", soft_wrap=True)
