"""The registered model in MLflow: its versions, their aliases and tags, and downloads of what was recorded with them."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import mlflow

from data.files.atomic import atomic_write_folder
from data.settings import settings
from training.models.registry import load_model
from training.tracking import champion_lookup, model_card, ui_views
from training.tracking.connection import connection
from training.tracking.records import RegisteredVersion

CHAMPION_ALIAS = champion_lookup.CHAMPION_ALIAS
CHALLENGER_ALIAS = "challenger"


def champion() -> RegisteredVersion | None:
    """Return the version that is champion, None where there is none."""
    return _alias_version(CHAMPION_ALIAS)


def challenger() -> RegisteredVersion | None:
    """Return the version that is challenger, None where there is none."""
    return _alias_version(CHALLENGER_ALIAS)


def _alias_version(alias: str) -> RegisteredVersion | None:
    with connection():
        try:
            version = mlflow.MlflowClient().get_model_version_by_alias(settings().registered_model, alias)
        except mlflow.exceptions.MlflowException as error:
            if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                return None
            raise
        return RegisteredVersion(version.name, str(version.version), str(version.run_id))


def set_alias(alias: str, version: RegisteredVersion | None) -> None:
    """Point an alias to a version, or delete it where there is none."""
    with connection():
        client = mlflow.MlflowClient()
        if version is None:
            client.delete_registered_model_alias(settings().registered_model, alias)
        else:
            client.set_registered_model_alias(version.name, alias, version.version)


def registered_version(number: str) -> RegisteredVersion:
    """Return a registered version by its number.

    Raises:
        LookupError: there is none of this number; the message lists those there are.
        TrackingError: MLflow did not answer.
    """
    with connection():
        name = settings().registered_model
        versions = mlflow.MlflowClient().search_model_versions(f"name = '{name}'")
    for version in versions:
        if str(version.version) == number:
            return RegisteredVersion(name, number, str(version.run_id))
    numbers = ", ".join(sorted((str(v.version) for v in versions), key=int)) or "none; run `chokepoint retrain`"
    raise LookupError(f"{name} has no version {number!r}: registered are {numbers}")


def register(run_id: str, model_uri: str, card: str, tags: Mapping[str, str]) -> RegisteredVersion:
    """Register the model of a run as a version with its card and tags; a run is registered once, however often it is asked for."""
    with connection():
        client, name = mlflow.MlflowClient(), settings().registered_model
        versions = client.search_model_versions(f"run_id = '{run_id}'")
        version = versions[0] if versions else mlflow.register_model(model_uri, name)
        if not client.get_registered_model(name).description:
            client.update_registered_model(name, ui_views.MODEL_DESCRIPTION)
        client.update_model_version(name, version.version, description=model_card.description(card))
    registered = RegisteredVersion(name, str(version.version), run_id)
    set_tags(registered, tags)
    return registered


def set_tags(version: RegisteredVersion, tags: Mapping[str, str]) -> None:
    """Set tags on a version and on the run that made it."""
    with connection():
        client = mlflow.MlflowClient()
        for key, value in tags.items():
            client.set_model_version_tag(version.name, version.version, key, value)
            client.set_tag(version.run_id, key, value)


def download_artifacts(version: RegisteredVersion, destination: Path) -> None:
    """Download the model bundle that was recorded with a version: `model/`, `tables/`, `figures/`, `about.json`.

    The model is not verified here, and is left out where its files are gone.

    Args:
        version: the registered version.
        destination: folder to create; it appears complete or not at all.

    Raises:
        LookupError: the bundle's files are gone, or an earlier release recorded the version without them.
        TrackingError: MLflow did not answer.
    """
    with connection():
        artifacts = {file.path for file in mlflow.MlflowClient().list_artifacts(version.run_id)}
        if not {"about.json", "tables", "figures"} <= artifacts:
            raise LookupError(
                f"{version.name} version {version.version} has no forecasts: its files are gone, or an earlier "
                "release recorded it"
            )
        atomic_write_folder(destination, lambda draft: _download_run(version, draft))


def download_champion(destination: Path) -> RegisteredVersion:
    """Download the champion's native files, verified by hash, and return its version.

    Args:
        destination: folder to create; it appears complete or not at all.

    Raises:
        LookupError: no version is champion.
        ValueError: a file of the model was altered.
        TrackingError: MLflow did not answer.
    """
    version = champion()
    if version is None:
        name = f"{settings().registered_model}@{CHAMPION_ALIAS}"
        raise LookupError(f"{name} is not in the registry at {settings().tracking_uri}: run `chokepoint retrain`")
    with connection(), tempfile.TemporaryDirectory(dir=destination.parent) as scratch:
        files = _model_files(version, scratch)
        load_model(files)
        atomic_write_folder(destination, lambda draft: shutil.copytree(files, draft, dirs_exist_ok=True))
    return version


def _download_run(version: RegisteredVersion, folder: Path) -> None:
    mlflow.artifacts.download_artifacts(run_id=version.run_id, dst_path=str(folder))
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        model = _model_files(version, scratch)
        if model.exists():
            shutil.copytree(model, folder / "model")


def _model_files(version: RegisteredVersion, scratch: str) -> Path:
    uri, folder = f"models:/{version.name}/{version.version}", f"{scratch}/model"
    return Path(mlflow.artifacts.download_artifacts(uri, dst_path=folder)) / "artifacts" / "model"
