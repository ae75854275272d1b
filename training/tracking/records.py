"""The record of a retraining in MLflow, and the version it is registered as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

REQUIREMENTS = ["numpy>=2", "pandas>=3,<4", "scikit-learn>=1.6,<2", "xgboost-cpu>=3.0,<4"]
"""Requirements of every logged model: inferring them lists xgboost twice and takes ten times as long."""
VERSION_TAGS = ("origin", "data_vintage", "code_commit", "backfilled")
"""Tags of a run that are set on its version too, beside those of the decision: the UI's list of versions grows with its tags."""


@dataclass(frozen=True)
class RetrainingRecord:
    """Everything that is logged to MLflow of one retraining."""

    tags: Mapping[str, str]
    parameters: Mapping[str, object]
    summary: str
    card: str
    """The model card (training/tracking/model_card.py), from which the version's description is made."""
    skill: pd.DataFrame
    datasets: Mapping[str, tuple[pd.DataFrame, Path]]
    bundle: Path
    """The model bundle's folder: `model/`, `tables/`, `figures/`, `about.json`, `model_card.md`."""
    metrics: Mapping[str, float]
    """Metrics beside the scores of the backtest."""
    resource_usage: Sequence[tuple[str, float, int, int]]
    """Samples of processor and memory: name (`system/...`, which the UI groups), value, milliseconds since 1970, step."""
    seconds: Mapping[str, float]
    key: str
    """Key of the checkpoints it was made of: a key is recorded once."""


@dataclass(frozen=True)
class RegisteredVersion:
    """A version of the registered model."""

    name: str
    version: str
    run_id: str
