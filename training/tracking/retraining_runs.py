"""MLflow runs of retrainings: one parent run with a child a method, and the version registered from it."""

import warnings
from pathlib import Path

import mlflow
from mlflow.data.sources import LocalArtifactDatasetSource
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME, MLFLOW_RUN_NOTE

from features.build import feature_names
from training.models.registry import CHAMPION, methods
from training.tracking import model_card, model_registry
from training.tracking.connection import connection
from training.tracking.metric_names import metrics
from training.tracking.records import REQUIREMENTS, VERSION_TAGS, RegisteredVersion, RetrainingRecord

KEY_TAG, MODEL_TAG = "work_key", "model_uri"
"""Tags of a run: the key of the checkpoints it was made of, and the address of its model."""


def record_retraining(retraining: RetrainingRecord) -> RegisteredVersion:
    """Log a retraining and register its model; idempotent: the same key is recorded once, after unfinished runs are deleted.

    Raises:
        TrackingError: MLflow did not answer.
    """
    with connection() as experiment:
        client = mlflow.MlflowClient()
        runs = client.search_runs([experiment], f"tags.{KEY_TAG} = '{retraining.key}'")
        for run in runs:
            if run.info.status != "FINISHED":
                _delete_unfinished(client, run)
        finished = next((run.info.run_id for run in runs if run.info.status == "FINISHED"), None)
        run_id = finished or _log_run(retraining)
        model_uri = client.get_run(run_id).data.tags[MODEL_TAG]
    tags = {name: value for name, value in retraining.tags.items() if name in VERSION_TAGS}
    return model_registry.register(run_id, model_uri, retraining.card, tags)


def _delete_unfinished(client: mlflow.MlflowClient, run: mlflow.entities.Run) -> None:
    children = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'")
    for part in (*children, run):
        if part.info.status == "RUNNING":
            client.set_terminated(part.info.run_id, "KILLED")
        client.delete_run(part.info.run_id)


def _log_run(retraining: RetrainingRecord) -> str:
    with mlflow.start_run(run_name=f"retrain {retraining.tags['origin']}", description=retraining.summary) as parent:
        mlflow.set_tags({**retraining.tags, KEY_TAG: retraining.key})
        mlflow.log_params(dict(retraining.parameters))
        mlflow.log_metrics(
            metrics(retraining.skill, CHAMPION)
            | dict(retraining.metrics)
            | {f"seconds_{k}": v for k, v in retraining.seconds.items()}
        )
        for name, (frame, source) in retraining.datasets.items():
            mlflow.log_input(
                mlflow.data.from_pandas(frame, source=LocalArtifactDatasetSource(source.resolve().as_uri()), name=name),
                context="training",
            )
        mlflow.MlflowClient().log_batch(
            parent.info.run_id, [mlflow.entities.Metric(*m) for m in retraining.resource_usage]
        )
        for part in ("tables", "figures"):
            mlflow.log_artifacts(str(retraining.bundle / part), part)
        for file in ("about.json", model_card.FILE):
            mlflow.log_artifact(str(retraining.bundle / file))
        _log_children(retraining)
        mlflow.set_tag(MODEL_TAG, _log_model(retraining.bundle / "model").model_uri)
        return str(parent.info.run_id)


def describe_run(version: RegisteredVersion, name: str, description: str) -> None:
    """Set the name and the description of the run that made a version."""
    with connection():
        for key, value in {MLFLOW_RUN_NAME: name, MLFLOW_RUN_NOTE: description}.items():
            mlflow.MlflowClient().set_tag(version.run_id, key, value)


def _log_children(retraining: RetrainingRecord) -> None:
    for name in retraining.skill["model"].unique():
        with mlflow.start_run(run_name=name, nested=True, description=methods()[name].__doc__):
            mlflow.set_tags({"model": name} | {k: retraining.tags[k] for k in ("origin", "data_vintage")})
            mlflow.log_metrics(metrics(retraining.skill, name))


def _log_model(files: Path) -> mlflow.models.model.ModelInfo:
    inputs = Schema([ColSpec(DataType.double, name, required=False) for name in feature_names()])
    # MLflow asks for an example row, to run the model on it once more; the signature is ours and needs none.
    warnings.filterwarnings("ignore", ".*An input example was not provided", UserWarning)
    return mlflow.pyfunc.log_model(
        name="model",
        python_model=str(Path(__file__).with_name("pyfunc_model.py")),
        artifacts={"model": str(files)},
        signature=ModelSignature(inputs=inputs),
        pip_requirements=REQUIREMENTS,
    )
