"""The hyperparameter search as a command: a recommendation beside the settings in force, which it does not change."""

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
from training.studies.search import Search, complete_trials, forecaster, run_search, trial_losses
from training.tracking import study_runs
from training.tracking.code_version import commit

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

NOTE = (
    "Search for settings on origins before 2010. The difference is of the best trial to the settings in force on the same "
    "origins it was selected on, so it is optimistic; nothing is changed by it."
)


@dataclass(frozen=True)
class Recommendation:
    """The best settings of a search and its provenance, as written to `recommended.json`.

    Log scores are means over targets and months ahead; a difference below 0 is better.
    """

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
class SearchResult:
    """A recommendation, its difference at each target and horizon, its folder and its MLflow run."""

    recommendation: Recommendation
    cells: pd.DataFrame
    folder: Path
    run_id: str


def tuning_folder() -> Path:
    """Return the folder of searches: a SQLite file of trials, and a folder for each method's last recommendation."""
    return settings().home / "tuning"


def run(
    model: str, trials: int, seed: int, first: str, last: str, refit_years: int, progress: Progress
) -> SearchResult:
    """Search settings, write `<home>/tuning/<model>/`, and update the MLflow run of the search after every trial.

    Args:
        model: name of a method that has settings to search.
        trials: number of finished trials, those of earlier runs of the same search included.
        seed: seed of the sampler.
        first: first origin as YYYY-MM.
        last: last origin, before 2010: later ones are for scoring.
        refit_years: years between refits.
        progress: called with stage, steps done and steps in all.

    Raises:
        ValueError: the method or a month is unknown, or another process runs a search here.
        OSError: MLflow does not answer.
    """
    started = time.perf_counter()
    start, until = calendar.parse_month(first), calendar.parse_month(last)
    require_tuning_origin(until)
    panel = panels.load()
    search = Search(method(model).name, rolling_folds(start, until, refit_years), seed, panel.vintage)
    tags = {"kind": "search", "model": model, "data_vintage": panel.vintage, "code_commit": commit()}
    tags |= {"origins": f"{start:%Y-%m}..{until:%Y-%m}", "seed": str(seed), "refit_years": str(refit_years)}

    def track(trials: "Sequence[FrozenTrial]", tables: dict[str, pd.DataFrame] | None = None) -> str:
        numbers = {"trials": float(len(trials))}
        if best := complete_trials(trials):
            numbers["best_mean_log_score"] = float(best[0].value or 0)
        return study_runs.record_search(search.key, NOTE, trials, tags=tags, metrics=numbers, tables=tables or {})

    rows = training_set.labelled_rows(panel, progress=progress, last=until)
    finished = run_search(
        search, forecaster(search, rows, progress), trials, tuning_folder() / "trials.db", progress, track
    )
    complete = complete_trials(finished)
    best, current = complete[0], min(complete, key=lambda t: t.number)
    value, low, high, cells = mean_difference(trial_losses(best), trial_losses(current))
    recommendation = Recommendation(
        model,
        f"{start:%Y-%m}",
        f"{until:%Y-%m}",
        refit_years,
        seed,
        len(finished),
        len(finished) - len(complete),
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
        round(time.perf_counter() - started, 1),
    )
    tables = {"trials": trials_table(finished), "differences": cells}
    folder = write_recommendation(recommendation, tables)
    return SearchResult(recommendation, cells, folder, track(finished, tables))


def mean_difference(best: LogLosses, current: LogLosses) -> tuple[float, float, float, pd.DataFrame]:
    """Return the difference of the mean log scores with its 95 % bootstrap interval, and those of each target and horizon.

    Capitals are the clusters: each is drawn with all its rows and episodes, at every target and horizon together.
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
    """Return one row a trial: number, outcome, log score (where pruned, that of its last fold), and settings."""
    lines = [
        {"trial": t.number, "outcome": t.state.name.lower(), "folds": len(t.intermediate_values)}
        | {"mean_log_score": t.intermediate_values[max(t.intermediate_values)]}
        | dict(t.params)
        for t in trials
    ]
    return pd.DataFrame(lines)


def write_recommendation(recommendation: Recommendation, tables: dict[str, pd.DataFrame]) -> Path:
    """Write a recommendation and its tables, and return their folder."""
    folder = tuning_folder() / recommendation.model
    folder.mkdir(parents=True, exist_ok=True)
    write_results(folder, tables, "recommended.json", recommendation)
    return folder
