"""The connection to the MLflow server in force: its address, its experiment, and errors with a remedy."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import mlflow
import requests
from filelock import FileLock
from sqlalchemy.exc import SQLAlchemyError

from data.settings import settings
from training.tracking import ui_views
from training.tracking.error import TrackingError


@contextmanager
def connection() -> Iterator[str]:
    """Point MLflow at the server in force and yield the experiment's id.

    The database and the experiment are created under a lock: two processes that create them at once both fail.

    Raises:
        TrackingError: MLflow did not answer, or could not do what it was asked inside the block.
    """
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
