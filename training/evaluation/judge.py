"""The backtest of the champion and its baselines, and every method's scores."""

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


def backtest(
    rows: LabelledRows,
    last: pd.Timestamp,
    first: pd.Timestamp = FIRST_BACKTEST_ORIGIN,
    names: Sequence[str] = (),
    progress: Progress = lambda *_: None,
    parts: Path | None = None,
) -> Backtest:
    """Run the rolling-origin backtest of the named methods, by default of baselines and champion; `parts` caches folds."""
    return run_backtest(rows, rolling_folds(first, last), names or backtested_methods(), progress, parts)


@dataclass(frozen=True)
class ScoreTables:
    """Every method's scores, and its differences to the references, on both versions of the catalogue."""

    skill: pd.DataFrame
    differences: pd.DataFrame


def score_backtest(panel: Panel, tested: Backtest) -> ScoreTables:
    """Judge a backtest."""
    judged_by = outcomes_by_catalogue(panel)
    pairs = against_references(tested.hazards)
    return ScoreTables(skill_table(panel, tested, judged_by), difference_table(panel, tested, judged_by, pairs))
