"""Download of a registered version's model bundle from MLflow."""

import shutil
from pathlib import Path

from data.settings import settings
from training.models.registry import load_model
from training.publication.model_bundle import verify_bundle
from training.publication.publication import is_intact, read_publication
from training.tracking import model_registry
from training.tracking.records import RegisteredVersion


class UnusableVersionError(LookupError):
    """A registered version's bundle is gone or altered."""


def download_bundle(version: RegisteredVersion, destination: Path) -> None:
    """Download a version's model bundle and verify it; altered model files are replaced by the published copy where that is intact.

    Args:
        version: the registered version.
        destination: folder to create.

    Raises:
        UnusableVersionError: the bundle's files are gone or altered.
        OSError: MLflow does not answer or the disk is full, so that nothing is known of the version.
    """
    try:
        model_registry.download_artifacts(version, destination)
        verify_bundle(destination)
    except (LookupError, ValueError) as error:
        raise UnusableVersionError(f"version {version.version} cannot be read ({error})") from error
    try:
        load_model(destination / "model")
    except (ValueError, FileNotFoundError) as error:
        copy = _published_model(version)
        if copy is None:
            raise UnusableVersionError(f"version {version.version} was altered ({error})") from error
        shutil.rmtree(destination / "model", ignore_errors=True)
        shutil.copytree(copy, destination / "model")


def _published_model(version: RegisteredVersion) -> Path | None:
    """Return the current publication's model files where they are intact and of this version."""
    try:
        current = read_publication(settings().published)
    except (OSError, ValueError):
        return None
    return current.model_folder if current.info.run_id == version.run_id and is_intact(current.folder) else None
