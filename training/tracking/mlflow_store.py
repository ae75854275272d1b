"""MLflow: the runs of a retraining, the registered model and its champion. No other module talks to the server.

(`training/tracking/pyfunc_model.py` imports mlflow too: it is the file MLflow itself executes to load the model.)
"""

import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # ours says which stage is at work

import mlflow
import pandas as pd
import requests
from filelock import FileLock
from matplotlib.figure import Figure
from mlflow.data.sources import LocalArtifactDatasetSource
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME, MLFLOW_RUN_NOTE
from sqlalchemy.exc import SQLAlchemyError

from data.settings import settings
from features.build import feature_names
from training.models.registry import CHAMPION, load_model, methods
from training.tracking import champion_lookup, model_card, ui_views
from training.tracking.error import TrackingError
from training.tracking.metric_names import metrics
from training.tracking.records import REQUIREMENTS, VERSION_TAGS, Record, Registered

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

ALIAS = champion_lookup.ALIAS
CHALLENGER = "challenger"
KEY, MODEL_URI = "work_key", "model_uri"
"""Tags of a run: the work it was made of, and where its model lies."""


@contextmanager
def connection() -> Iterator[str]:
    """Point MLflow at the server in force and give the experiment's id; the database is made once, as two processes making it at once fail."""
    for library in ("alembic", "mlflow"):
        logging.getLogger(library).setLevel(logging.WARNING)
    home = settings().home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(settings().tracking_uri)
    try:
        with FileLock(home / "mlflow.lock", timeout=300):
            if mlflow.get_experiment_by_name(settings().experiment) is None:
                local = settings().tracking_uri.startswith("sqlite")
                mlflow.create_experiment(settings().experiment, (home / "mlartifacts").as_uri() if local else None)
        experiment = mlflow.set_experiment(settings().experiment)
        if missing := {key: value for key, value in ui_views.TAGS.items() if key not in experiment.tags}:
            mlflow.set_experiment_tags(missing)
        yield str(experiment.experiment_id)
    except (mlflow.exceptions.MlflowException, SQLAlchemyError, requests.RequestException) as error:
        raise TrackingError.at(settings().tracking_uri, error) from error


def record(retraining: Record) -> Registered:
    """Write one parent run with a child per method and register the model; runs that a killed job left are taken out."""
    with connection() as experiment:
        client = mlflow.MlflowClient()
        found = client.search_runs([experiment], f"tags.{KEY} = '{retraining.key}'")
        for run in found:
            if run.info.status != "FINISHED":
                _take_out(client, run)
        done = next((run.info.run_id for run in found if run.info.status == "FINISHED"), None)
        return _register(client, done or _log(retraining), retraining)


def _take_out(client: mlflow.MlflowClient, run: mlflow.entities.Run) -> None:
    children = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'")
    for part in (*children, run):
        if part.info.status == "RUNNING":
            client.set_terminated(part.info.run_id, "KILLED")
        client.delete_run(part.info.run_id)


def _log(retraining: Record) -> str:
    with mlflow.start_run(run_name=f"retrain {retraining.tags['origin']}", description=retraining.summary) as parent:
        mlflow.set_tags({**retraining.tags, KEY: retraining.key})
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
        mlflow.MlflowClient().log_batch(parent.info.run_id, [mlflow.entities.Metric(*m) for m in retraining.load])
        for part in ("tables", "figures"):
            mlflow.log_artifacts(str(retraining.edition / part), part)
        for file in ("about.json", model_card.FILE):
            mlflow.log_artifact(str(retraining.edition / file))
        _log_children(retraining)
        mlflow.set_tag(MODEL_URI, _log_model(retraining.edition / "model").model_uri)
        return str(parent.info.run_id)


def _register(client: mlflow.MlflowClient, run_id: str, retraining: Record) -> Registered:
    name = settings().registered_model
    versions = client.search_model_versions(f"run_id = '{run_id}'")
    version = versions[0] if versions else mlflow.register_model(client.get_run(run_id).data.tags[MODEL_URI], name)
    if not client.get_registered_model(name).description:
        client.update_registered_model(name, ui_views.MODEL_NOTE)
    client.update_model_version(name, version.version, description=model_card.description(retraining.card))
    found = Registered(name, str(version.version), run_id)
    tag(found, {name: value for name, value in retraining.tags.items() if name in VERSION_TAGS})
    return found


def tag(registered: Registered, tags: Mapping[str, str]) -> None:
    """Write tags on a version and on the run that made it."""
    with connection():
        client = mlflow.MlflowClient()
        for key, value in tags.items():
            client.set_model_version_tag(registered.name, registered.version, key, value)
            client.set_tag(registered.run_id, key, value)


def describe(registered: Registered, name: str, note: str) -> None:
    """Name the run that made a version, and write what a reviewer reads first in it."""
    with connection():
        for key, value in {MLFLOW_RUN_NAME: name, MLFLOW_RUN_NOTE: note}.items():
            mlflow.MlflowClient().set_tag(registered.run_id, key, value)


def holder(alias: str) -> Registered | None:
    """Return the version an alias points to, None where nothing is registered under it."""
    with connection():
        try:
            found = mlflow.MlflowClient().get_model_version_by_alias(settings().registered_model, alias)
        except mlflow.exceptions.MlflowException as error:
            if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                return None
            raise
        return Registered(found.name, str(found.version), str(found.run_id))


def version(number: str) -> Registered:
    """Return a registered version; raise LookupError with the known ones where there is none."""
    with connection():
        name = settings().registered_model
        known = mlflow.MlflowClient().search_model_versions(f"name = '{name}'")
    for found in known:
        if str(found.version) == number:
            return Registered(name, number, str(found.run_id))
    spelled = ", ".join(sorted((str(v.version) for v in known), key=int)) or "none; run `chokepoint retrain`"
    raise LookupError(f"{name} has no version {number!r}: registered are {spelled}")


def point(alias: str, to: Registered | None) -> None:
    """Let an alias point to a version, or to none."""
    with connection():
        client = mlflow.MlflowClient()
        if to is None:
            client.delete_registered_model_alias(settings().registered_model, alias)
        else:
            client.set_registered_model_alias(to.name, alias, to.version)


def fetch(registered: Registered, destination: Path) -> None:
    """Copy what was recorded with a version to a new folder: `model/`, `tables/`, `figures/`, `about.json`.

    Raises LookupError where its forecasts are gone, or an earlier release of this project recorded it without them, and
    TrackingError where MLflow does not answer. The model is not checked here; it is left out where its files are gone.
    """
    with connection(), tempfile.TemporaryDirectory(dir=destination.parent) as scratch:
        kept = {f.path for f in mlflow.MlflowClient().list_artifacts(registered.run_id)}
        if not {"about.json", "tables", "figures"} <= kept:
            raise LookupError(
                f"{registered.name} version {registered.version} has no forecasts: its files are gone, or an earlier "
                "release recorded it"
            )
        draft = Path(scratch) / "edition"
        draft.mkdir()
        mlflow.artifacts.download_artifacts(run_id=registered.run_id, dst_path=str(draft))
        model = _model_files(registered, scratch)
        if model.exists():
            shutil.copytree(model, draft / "model")
        draft.rename(destination)


def record_study(
    name: str,
    note: str,
    *,
    tags: Mapping[str, str],
    metrics: Mapping[str, float],
    tables: Mapping[str, pd.DataFrame],
    figures: Mapping[str, Figure],
) -> str:
    """Write the run of a study, which registers no model; return its id."""
    with connection(), mlflow.start_run(run_name=name, description=note) as run:
        mlflow.set_tags(dict(tags))
        mlflow.log_metrics(dict(metrics))
        for file, figure in figures.items():
            mlflow.log_figure(figure, f"figures/{file}")
        _log_tables(tables)
        return str(run.info.run_id)


def record_search(
    key: str,
    note: str,
    trials: "Iterable[FrozenTrial]",
    *,
    tags: Mapping[str, str],
    metrics: Mapping[str, float],
    tables: Mapping[str, pd.DataFrame],
) -> str:
    """Bring the run of a search up to date, with a child for each finished trial; return its id.

    There is one run for a key, however often this is called; a child that a killed process left unfinished is made again.
    """
    with connection() as experiment:
        client = mlflow.MlflowClient()
        begun = client.search_runs([experiment], f"tags.search = '{key}'")
        with mlflow.start_run(begun[0].info.run_id if begun else None, run_name=key, description=note) as parent:
            mlflow.set_tags({**tags, "search": key})
            mlflow.log_metrics(dict(metrics))
            _log_tables(tables)
            written = set()
            for child in client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"):
                if child.info.status == "FINISHED":
                    written.add(child.data.tags["trial"])
                else:
                    client.delete_run(child.info.run_id)
            for trial in trials:
                if str(trial.number) not in written:
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


def champion(destination: Path) -> Registered:
    """Copy the champion's native files to `destination` (which must not exist) and say which version they are."""
    held = holder(ALIAS)
    if held is None:
        name = f"{settings().registered_model}@{ALIAS}"
        raise LookupError(f"{name} is not in the registry at {settings().tracking_uri}: run `chokepoint retrain`")
    with connection(), tempfile.TemporaryDirectory(dir=destination.parent) as scratch:
        files = _model_files(held, scratch)
        load_model(files)
        files.rename(destination)
    return held


def _model_files(registered: Registered, scratch: str) -> Path:
    uri, place = f"models:/{registered.name}/{registered.version}", f"{scratch}/model"
    return Path(mlflow.artifacts.download_artifacts(uri, dst_path=place)) / "artifacts" / "model"


def _log_children(retraining: Record) -> None:
    for name in retraining.skill["model"].unique():
        with mlflow.start_run(run_name=name, nested=True, description=methods()[name].__doc__):
            mlflow.set_tags({"model": name} | {k: retraining.tags[k] for k in ("origin", "data_vintage")})
            mlflow.log_metrics(metrics(retraining.skill, name))


def _log_tables(tables: Mapping[str, pd.DataFrame]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            table.to_parquet(Path(folder) / f"{name}.parquet", index=False, compression="zstd")
        mlflow.log_artifacts(folder, "tables")


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
