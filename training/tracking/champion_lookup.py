"""The champion's version number, looked up without MLflow's library, which takes seconds and 100 MB to import.

Every worker of the service polls it; everything beyond the number is in `training.tracking.model_registry`.
"""

import os
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import requests

CHAMPION_ALIAS = "champion"
TIMEOUT_SECONDS = 3.0
_PATH = "/api/2.0/mlflow/registered-models/alias"
_QUERY = "SELECT version FROM registered_model_aliases WHERE name = ? AND alias = ?"


def champion_version(uri: str, name: str) -> str | None:
    """Return the version number under the alias `champion`.

    A tracking server is queried by its REST API, SQLite by a read-only SELECT on MLflow's table of aliases.

    Args:
        uri: MLflow's tracking address.
        name: the registered model.

    Returns:
        The number; None where no version has the alias, or the store is of another kind.

    Raises:
        OSError: the server did not answer, or the database is locked or gone.
    """
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https"):
        return _from_server(uri.rstrip("/"), name)
    if parts.scheme == "sqlite":
        return _from_sqlite(uri.removeprefix("sqlite:///"), name)
    return None


def _from_server(uri: str, name: str) -> str | None:
    user, password = os.environ.get("MLFLOW_TRACKING_USERNAME", ""), os.environ.get("MLFLOW_TRACKING_PASSWORD", "")
    token = os.environ.get("MLFLOW_TRACKING_TOKEN", "")
    response = requests.get(
        uri + _PATH,
        params={"name": name, "alias": CHAMPION_ALIAS},
        auth=(user, password) if user else None,
        headers={"Authorization": f"Bearer {token}"} if token else None,
        timeout=TIMEOUT_SECONDS,
    )
    if response.status_code == 404 or (response.status_code == 400 and "alias" in response.text):
        return None
    response.raise_for_status()
    return str(response.json()["model_version"]["version"])


def _from_sqlite(path: str, name: str) -> str | None:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=TIMEOUT_SECONDS)) as database:
            row = database.execute(_QUERY, (name, CHAMPION_ALIAS)).fetchone()
    except sqlite3.Error as error:
        raise OSError(f"MLflow's database {path} does not answer: {error}") from error
    return None if row is None else str(row[0])
