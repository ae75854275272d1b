"""Evaluation of the champion and its baselines: their backtest, and the score tables of every method."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.panel.panel import Panel
from data.progress import Progress
from training.dataset.folds import FIRST_BACKTEST_ORIGIN, rolling_folds
from training.dataset.rows import LabelledRows
from training.dataset.training_set import outcomes_by_catalogue
from training.evaluation.backtest import Backtest, run_backtest
from training.evaluation.paired_differences import against_references, difference_table
from training.evaluation.score_table import skill_table
from training.models.registry import backtested_methods


def backtest_methods(
    rows: LabelledRows,
    last: pd.Timestamp,
    first: pd.Timestamp = FIRST_BACKTEST_ORIGIN,
    names: Sequence[str] = (),
    progress: Progress = lambda *_: None,
    parts: Path | None = None,
) -> Backtest:
    """Run the rolling-origin backtest with yearly refits.

    Args:
        rows: Labelled rows of every origin to learn from and to forecast.
        last: Last origin forecast.
        first: First origin forecast.
        names: Methods; by default the baselines and the champion.
        progress: Called with folds done and folds in all.
        parts: Folder that caches each finished fold.

    Returns:
        Out-of-fold forecasts of every method.
    """
    return run_backtest(rows, rolling_folds(first, last), names or backtested_methods(), progress, parts)


@dataclass(frozen=True)
class ScoreTables:
    """Scores of a backtest on both versions of the catalogue.

    Attributes:
        skill: Table of `score_table.skill_table`.
        differences: Table of `paired_differences.difference_table`, every method against every reference.
    """

    skill: pd.DataFrame
    differences: pd.DataFrame


def score_backtest(panel: Panel, backtest: Backtest) -> ScoreTables:
    """Return the scores and paired differences of every method of a backtest."""
    outcomes = outcomes_by_catalogue(panel)
    pairs = against_references(backtest.hazards)
    return ScoreTables(skill_table(panel, backtest, outcomes), difference_table(panel, backtest, outcomes, pairs))
