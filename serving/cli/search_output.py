"""What `chokepoint tune` prints: the best settings beside those in force, and how much better they would have been."""

import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from serving.cli.scores_output import difference, records
from training.studies.run_search import NOTE, Tuned

console = Console()


def tuned(done: Tuned, as_json: bool) -> None:
    """Print a recommendation."""
    found = done.found
    if as_json:
        content = asdict(found) | {"cells": records(done.cells), "folder": str(done.folder), "run_id": done.run_id}
        console.print_json(json.dumps(content))
        return
    shown = Table(
        title=f"Settings of {found.model}: best of {found.trials} trials, origins {found.first} to {found.last}"
    )
    for name in ("setting", "in force", f"best (trial {found.best_trial})"):
        shown.add_column(name, justify="left" if name == "setting" else "right")
    for name, value in found.in_force.items():
        shown.add_row(name, f"{value:.4g}", f"{found.best[name]:.4g}")
    console.print(shown)
    spread = Table(title="Log score, best minus in force, with 95 % intervals over capitals; below 0 is better")
    spread.add_column("target")
    horizons = list(done.cells["horizon"].unique())
    for horizon in horizons:
        spread.add_column(f"h = {horizon}")
    for target, rows in done.cells.groupby("target", sort=False):
        at = {row.horizon: difference(row) for row in rows.itertuples()}
        spread.add_row(str(target), *(at[horizon] for horizon in horizons))
    console.print(spread)
    console.print(
        f"Mean log score {found.log_score_in_force:.5f} in force, {found.log_score_best:.5f} best: "
        f"{found.difference:+.5f} ({found.low:+.5f}, {found.high:+.5f}). {found.pruned} of {found.trials} trials pruned, "
        f"{found.seconds:.0f} s.",
        soft_wrap=True,
    )
    console.print(f"{NOTE} Kept in {done.folder}; MLflow run {done.run_id}.", soft_wrap=True)
