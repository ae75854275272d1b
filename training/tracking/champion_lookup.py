"""Which version the registry calls champion, asked without MLflow's library: that takes seconds and 100 MB to import.

Services ask every few seconds, in every worker; anything beyond the number of the version goes through `training.tracking`.
"""

import os
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import requests

ALIAS = "champion"
TIMEOUT_SECONDS = 3.0
_PATH = "/api/2.0/mlflow/registered-models/alias"
_QUERY = "SELECT version FROM registered_model_aliases WHERE name = ? AND alias = ?"


def champion_version(uri: str, name: str) -> str | None:
    """Return the version with the alias `champion`, None where none has it or the store cannot be asked this way.

    Asks a tracking server by its REST API and SQLite by a read-only look at MLflow's table of aliases. Raises OSError
    with what failed where the server does not answer or the database is locked or gone.
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
    answer = requests.get(
        uri + _PATH,
        params={"name": name, "alias": ALIAS},
        auth=(user, password) if user else None,
        headers={"Authorization": f"Bearer {token}"} if token else None,
        timeout=TIMEOUT_SECONDS,
    )
    if answer.status_code == 404 or (answer.status_code == 400 and "alias" in answer.text):
        return None
    answer.raise_for_status()
    return str(answer.json()["model_version"]["version"])


def _from_sqlite(path: str, name: str) -> str | None:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=TIMEOUT_SECONDS)) as database:
            found = database.execute(_QUERY, (name, ALIAS)).fetchone()
    except sqlite3.Error as error:
        raise OSError(f"MLflow's database {path} does not answer: {error}") from error
    return None if found is None else str(found[0])
