"""What a retraining leaves in MLflow, and what MLflow calls it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

REQUIREMENTS = ["numpy>=2", "pandas>=3,<4", "scikit-learn>=1.6,<2", "xgboost-cpu>=3.0,<4"]
"""Given to every log_model: inference of requirements lists xgboost twice and takes ten times as long."""
VERSION_TAGS = ("origin", "data_vintage", "code_commit", "backfilled")
"""Tags of a run that its version has too, beside those of the decision: the list of versions is as long as its tags."""


@dataclass(frozen=True)
class Record:
    """What one retraining leaves in MLflow."""

    tags: Mapping[str, str]
    parameters: Mapping[str, object]
    summary: str
    card: str
    """The model card (training/tracking/model_card.py), of which the version's description is made."""
    skill: pd.DataFrame
    datasets: Mapping[str, tuple[pd.DataFrame, Path]]
    edition: Path
    """Folder with `model/` and what goes with the version: `tables/`, `figures/`, `about.json`, `model_card.md`."""
    metrics: Mapping[str, float]
    """Beside the scores of the backtest."""
    load: Sequence[tuple[str, float, int, int]]
    """What the job took of the machine: metrics named `system/...`, which the UI shows apart; value, milliseconds since 1970, step."""
    seconds: Mapping[str, float]
    key: str
    """Name of the work it was made of: the same work is recorded once, however often it is asked for."""


@dataclass(frozen=True)
class Registered:
    """A version of the registered model."""

    name: str
    version: str
    run_id: str
