"""The hyperparameter search as a command: a recommendation beside the settings in force; it changes nothing by itself."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data import calendar
from data.panel import panel as panels
from data.progress import Progress
from data.settings import settings
from training.dataset import training_set
from training.dataset.folds import require_tuning_origin, rolling_folds
from training.evaluation.bootstrap import BootstrapWeights
from training.evaluation.log_losses import CELLS, LogLosses
from training.evaluation.paired_differences import DRAWS, interval
from training.models.registry import method
from training.studies.results import write_results
from training.studies.search import Search, complete, forecasts_of, losses_of, run_search
from training.tracking import study_runs
from training.tracking.code_version import commit

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

NOTE = (
    "Search for settings on origins before 2010. The difference is of the best trial to the settings in force on the same "
    "origins it was picked on, so it flatters; nothing is changed by it."
)


@dataclass(frozen=True)
class Recommended:
    """What a search found, on what; log scores are means over targets and months ahead, below 0 is better in differences."""

    model: str
    first: str
    last: str
    refit_years: int
    seed: int
    trials: int
    pruned: int
    in_force: dict[str, float]
    best: dict[str, float]
    best_trial: int
    log_score_in_force: float
    log_score_best: float
    difference: float
    low: float
    high: float
    data_vintage: str
    code_commit: str
    made_at: str
    seconds: float


@dataclass(frozen=True)
class Tuned:
    """A recommendation, the difference at each target and horizon, and where all of it is."""

    found: Recommended
    cells: pd.DataFrame
    folder: Path
    run_id: str


def tuning_folder() -> Path:
    """Return where searches are kept: a SQLite file of trials, and a folder for each method's last recommendation."""
    return settings().home / "tuning"


def run(model: str, trials: int, seed: int, first: str, last: str, refit_years: int, progress: Progress) -> Tuned:
    """Search, write `<home>/tuning/<model>/` and bring the MLflow run of the search up to date after every trial."""
    begun = time.perf_counter()
    start, until = calendar.parse_month(first), calendar.parse_month(last)
    require_tuning_origin(until)
    panel = panels.load()
    search = Search(method(model).name, rolling_folds(start, until, refit_years), seed, panel.vintage)
    tags = {"kind": "search", "model": model, "data_vintage": panel.vintage, "code_commit": commit()}
    tags |= {"origins": f"{start:%Y-%m}..{until:%Y-%m}", "seed": str(seed), "refit_years": str(refit_years)}

    def track(finished: "Sequence[FrozenTrial]", tables: dict[str, pd.DataFrame] | None = None) -> str:
        numbers = {"trials": float(len(finished))}
        if best := complete(finished):
            numbers["best_mean_log_score"] = float(best[0].value or 0)
        return study_runs.record_search(search.key, NOTE, finished, tags=tags, metrics=numbers, tables=tables or {})

    rows = training_set.labelled_rows(panel, progress=progress, last=until)
    done = run_search(
        search, forecasts_of(search, rows, progress), trials, tuning_folder() / "trials.db", progress, track
    )
    kept = complete(done)
    best, current = kept[0], min(kept, key=lambda t: t.number)
    value, low, high, cells = compared(losses_of(best), losses_of(current))
    found = Recommended(
        model,
        f"{start:%Y-%m}",
        f"{until:%Y-%m}",
        refit_years,
        seed,
        len(done),
        len(done) - len(kept),
        search.in_force,
        dict(best.params),
        best.number,
        float(current.value or 0),
        float(best.value or 0),
        value,
        low,
        high,
        panel.vintage,
        commit(),
        f"{calendar.now():%Y-%m-%d}",
        round(time.perf_counter() - begun, 1),
    )
    tables = {"trials": trials_table(done), "differences": cells}
    folder = write(found, tables)
    return Tuned(found, cells, folder, track(done, tables))


def compared(best: LogLosses, current: LogLosses) -> tuple[float, float, float, pd.DataFrame]:
    """Return the difference of the mean log scores with its 95 % interval, and those of each target and horizon.

    Capitals are drawn with replacement, as whole: all their rows and episodes, at every target and horizon together.
    """
    capitals = BootstrapWeights.draw(0, len(best.sums), DRAWS).capitals
    with np.errstate(invalid="ignore"):
        drawn = (capitals @ (best.sums - current.sums)) / (capitals @ best.counts)
    value, (low, high) = float(drawn[0].mean()), interval(drawn[1:].mean(axis=1))
    lines = [
        {"target": target, "horizon": horizon, "value": float(drawn[0, cell]), "low": ends[0], "high": ends[1]}
        for cell, (target, horizon) in enumerate(CELLS)
        for ends in [interval(drawn[1:, cell])]
    ]
    return value, low, high, pd.DataFrame(lines)


def trials_table(trials: "Sequence[FrozenTrial]") -> pd.DataFrame:
    """Return one row a trial: its number, how it ended, its log score or, where pruned, that of its last fold, its settings."""
    lines = [
        {"trial": t.number, "outcome": t.state.name.lower(), "folds": len(t.intermediate_values)}
        | {"mean_log_score": t.intermediate_values[max(t.intermediate_values)]}
        | dict(t.params)
        for t in trials
    ]
    return pd.DataFrame(lines)


def write(found: Recommended, tables: dict[str, pd.DataFrame]) -> Path:
    """Write a recommendation and its tables; each file appears whole."""
    folder = tuning_folder() / found.model
    folder.mkdir(parents=True, exist_ok=True)
    write_results(folder, tables, "recommended.json", found)
    return folder
