"""MLflow runs of studies and searches, which register no model."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
import pandas as pd
from matplotlib.figure import Figure

from training.tracking.connection import connection

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial


def record_study(
    name: str,
    description: str,
    *,
    tags: Mapping[str, str],
    metrics: Mapping[str, float],
    tables: Mapping[str, pd.DataFrame],
    figures: Mapping[str, Figure],
) -> str:
    """Log the run of a study, which registers no model; return its run id."""
    with connection(), mlflow.start_run(run_name=name, description=description) as run:
        mlflow.set_tags(dict(tags))
        mlflow.log_metrics(dict(metrics))
        for file, figure in figures.items():
            mlflow.log_figure(figure, f"figures/{file}")
        _log_tables(tables)
        return str(run.info.run_id)


def record_search(
    key: str,
    description: str,
    trials: "Iterable[FrozenTrial]",
    *,
    tags: Mapping[str, str],
    metrics: Mapping[str, float],
    tables: Mapping[str, pd.DataFrame],
) -> str:
    """Update the run of a search, with a child run for each finished trial; return its run id.

    Idempotent: a key has one run, and a child that a killed process left unfinished is deleted and logged again.
    """
    with connection() as experiment:
        client = mlflow.MlflowClient()
        runs = client.search_runs([experiment], f"tags.search = '{key}'")
        with mlflow.start_run(runs[0].info.run_id if runs else None, run_name=key, description=description) as parent:
            mlflow.set_tags({**tags, "search": key})
            mlflow.log_metrics(dict(metrics))
            _log_tables(tables)
            logged = set()
            for child in client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"):
                if child.info.status == "FINISHED":
                    logged.add(child.data.tags["trial"])
                else:
                    client.delete_run(child.info.run_id)
            for trial in trials:
                if str(trial.number) not in logged:
                    _log_trial(trial)
            return str(parent.info.run_id)


def _log_trial(trial: "FrozenTrial") -> None:
    with mlflow.start_run(run_name=f"trial {trial.number:03d}", nested=True):
        mlflow.set_tags({"trial": str(trial.number), "outcome": trial.state.name.lower()})
        mlflow.log_params(trial.params)
        for fold, value in trial.intermediate_values.items():
            mlflow.log_metric("mean_log_score_so_far", value, step=fold)
        if trial.value is not None and trial.state.name == "COMPLETE":
            mlflow.log_metric("mean_log_score", trial.value)


def _log_tables(tables: Mapping[str, pd.DataFrame]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            table.to_parquet(Path(folder) / f"{name}.parquet", index=False, compression="zstd")
        mlflow.log_artifacts(folder, "tables")
