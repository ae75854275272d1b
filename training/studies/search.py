"""Hyperparameter search on origins before 2010, by optuna's tree-structured Parzen estimator with median pruning.

Trials are stored in SQLite as they end. A killed search resumes with the same trials: each depends on the finished
trials before it and on the seed alone.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import optuna
from filelock import FileLock, Timeout
from optuna.trial import FrozenTrial, Trial, TrialState

from data import calendar
from data.progress import Progress
from features.build import feature_names
from training.dataset.folds import Fold
from training.dataset.rows import LabelledRows
from training.evaluation.backtest import pool_prequentially, run_backtest
from training.evaluation.log_losses import LogLosses
from training.models.base import Hazards, Range
from training.models.registry import method

Forecasts = Callable[[Mapping[str, float]], Iterator[tuple[LabelledRows, Hazards]]]
"""A function from settings to rows and hazards, fold by fold."""

STARTUP_TRIALS = 8
"""Trials drawn at random and never pruned: a median of fewer is too noisy."""
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
LOSSES = "losses"


@dataclass(frozen=True)
class Search:
    """A method's settings to search, and the folds and data to score them on."""

    model: str
    folds: Sequence[Fold]
    seed: int
    vintage: str

    @property
    def ranges(self) -> Mapping[str, Range]:
        """The ranges of the searched settings; raises ValueError where the method has none."""
        ranges = method(self.model).searched
        if not ranges:
            raise ValueError(f"{self.model} has no setting to search: choose a method that has")
        return ranges

    @property
    def in_force(self) -> dict[str, float]:
        """The settings in force, from the code."""
        return method(self.model)().chosen()

    @property
    def key(self) -> str:
        """The name of its trials: a digest of data, features, origins, settings in force and ranges."""
        content = {
            "folds": [[f"{origin:%Y-%m}" for origin in fold.origins] for fold in self.folds],
            "ranges": {name: asdict(one) for name, one in self.ranges.items()},
            "in_force": self.in_force,
            "features": feature_names(),
            "of": [self.seed, self.vintage],
        }
        return f"{self.model}-{hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]}"


def forecaster(search: Search, rows: LabelledRows, progress: Progress) -> Forecasts:
    """Return the function from settings to forecasts: by refits, or for the stack by pooling members that are fitted once."""
    evaluated = [np.isin(rows.origin_index, [calendar.month_index(o) for o in fold.origins]) for fold in search.folds]
    parts = [rows.take(here) for here in evaluated]
    if method(search.model).member_methods:
        tested = run_backtest(rows, search.folds, [search.model], progress)

        def pooled(settings: Mapping[str, float]) -> Iterator[tuple[LabelledRows, Hazards]]:
            hazards, start = pool_prequentially(tested, search.model, settings), 0
            for part in parts:
                span = slice(start, start := start + len(part.features))
                yield part, {target: h[span] for target, h in hazards.items()}

        return pooled
    known = [rows.known_at(fold.labels_until) for fold in search.folds]

    def refitted(settings: Mapping[str, float]) -> Iterator[tuple[LabelledRows, Hazards]]:
        for fold, past, part in zip(search.folds, known, parts, strict=True):
            model = method(search.model)().with_settings(settings).fit(past, fold.labels_until)
            yield part, model.hazards(part.features)

    return refitted


def run_search(
    search: Search,
    forecasts: Forecasts,
    trials: int,
    database: Path,
    progress: Progress = lambda *_: None,
    ended: Callable[[Sequence[FrozenTrial]], object] = lambda _: None,
) -> list[FrozenTrial]:
    """Run a search until enough trials have finished, and return all of them.

    The first trial tries the settings in force. A trial that is worse than the median of earlier ones after any fold but
    the last is pruned.

    Args:
        search: the search.
        forecasts: from `forecaster`.
        trials: number of finished trials, those of earlier runs of the same search included.
        database: SQLite file of trials.
        progress: called with stage, steps done and steps in all.
        ended: called with every finished trial, at the start and after each.

    Raises:
        ValueError: another process runs a search on this database.
    """
    with _study(search, database) as study:
        finished = _finished(study)
        ended(finished)
        while len(finished) < trials:
            progress("trials", len(finished), trials)
            study.sampler = optuna.samplers.TPESampler(
                n_startup_trials=STARTUP_TRIALS, multivariate=True, seed=1000 * search.seed + len(finished)
            )
            if not finished and not study.get_trials(states=(TrialState.WAITING,)):
                study.enqueue_trial(search.in_force)
            _try(study, study.ask(), search, forecasts)
            finished = _finished(study)
            ended(finished)
        progress("trials", len(finished), max(trials, len(finished)))
    return finished


def _try(study: optuna.Study, trial: Trial, search: Search, forecasts: Forecasts) -> None:
    settings = {name: _suggest(trial, name, one) for name, one in search.ranges.items()}
    total = LogLosses.zero()
    for step, (rows, hazards) in enumerate(forecasts(settings), 1):
        total += LogLosses.of(rows, hazards)
        trial.report(total.mean(), step)
        if step < len(search.folds) and trial.should_prune():
            study.tell(trial, state=TrialState.PRUNED)
            return
    trial.set_user_attr(LOSSES, {name: values.tolist() for name, values in vars(total).items()})
    study.tell(trial, total.mean())


def trial_losses(trial: FrozenTrial) -> LogLosses:
    """Return the losses of a trial that was not pruned."""
    return LogLosses(**{name: np.array(values) for name, values in trial.user_attrs[LOSSES].items()})


def complete_trials(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Return the trials that were not pruned, best first."""
    return sorted((t for t in trials if t.state == TrialState.COMPLETE), key=lambda t: float(t.value or np.inf))


def _suggest(trial: Trial, name: str, one: Range) -> float:
    if one.whole:
        return trial.suggest_int(name, int(one.low), int(one.high), log=one.log)
    return trial.suggest_float(name, one.low, one.high, log=one.log)


@contextmanager
def _study(search: Search, database: Path) -> Iterator[optuna.Study]:
    """Open the search's trials under a lock; a trial that a killed process left unfinished is marked as failed."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    database.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(database.with_suffix(".lock"), timeout=0):
            study = optuna.create_study(
                study_name=search.key,
                storage=f"sqlite:///{database}",
                pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS),
                load_if_exists=True,
            )
            for left in study.get_trials(states=(TrialState.RUNNING,)):
                study.tell(left.number, state=TrialState.FAIL)
            yield study
    except Timeout as error:
        raise ValueError(f"another search is running on {database}: wait for it, or stop it") from error


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(states=FINISHED)
