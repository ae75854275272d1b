"""A registered version's edition, brought from MLflow to this machine."""

import shutil
from pathlib import Path

from data.settings import settings
from training.models.registry import load_model
from training.publication.model_bundle import verify_bundle
from training.publication.publication import is_intact, read_publication
from training.tracking import model_registry
from training.tracking.records import RegisteredVersion


def bring(held: RegisteredVersion, destination: Path) -> str:
    """Copy a version's edition; where its model was altered, take the published copy. Say why it cannot be used, or nothing.

    Raises OSError where MLflow does not answer or this disk is full: then nothing is known of the version.
    """
    try:
        model_registry.download_artifacts(held, destination)
        verify_bundle(destination)
    except (LookupError, ValueError) as error:
        return f"version {held.version} cannot be read ({error})"
    try:
        load_model(destination / "model")
    except (ValueError, FileNotFoundError) as error:
        copy = _published_copy(held)
        if copy is None:
            return f"version {held.version} was altered ({error})"
        shutil.rmtree(destination / "model", ignore_errors=True)
        shutil.copytree(copy, destination / "model")
    return ""


def _published_copy(held: RegisteredVersion) -> Path | None:
    """Return the current publication's model files where it is this version's and whole."""
    try:
        current = read_publication(settings().published)
    except (OSError, ValueError):
        return None
    return current.model_folder if current.info["run_id"] == held.run_id and is_intact(current.folder) else None
