"""Following the champion's alias in a real MLflow database, and what is said when it cannot be asked."""

import sqlite3
from pathlib import Path

import mlflow
import pytest

from serving.store import Store
from training.tracking.champion_lookup import champion_version

NAME = "capital-disruption"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, mlflow.MlflowClient]:
    """A registry of two versions, the first of them champion."""
    folder = tmp_path_factory.mktemp("registry")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    client = mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model(NAME)
    for _ in range(2):
        client.create_model_version(NAME, str(folder))
    client.set_registered_model_alias(NAME, "champion", "1")
    return uri, client


def test_a_champion_set_by_somebody_else_is_noticed_and_said(
    database: tuple[str, mlflow.MlflowClient], store: Store
) -> None:
    uri, client = database
    store.refresh()
    assert not store.compare_with_registry(lambda: champion_version(uri, NAME))
    assert store.registry_mismatch is None
    client.set_registered_model_alias(NAME, "champion", "2")
    assert store.compare_with_registry(lambda: champion_version(uri, NAME))
    assert str(store.registry_mismatch).startswith(
        "the registry's champion is version 2, version 1 is served: `chokepoint promote 2`"
    )
    client.set_registered_model_alias(NAME, "champion", "1")
    store.compare_with_registry(lambda: champion_version(uri, NAME))
    assert store.registry_mismatch is None


def test_a_name_without_a_champion_has_none(database: tuple[str, mlflow.MlflowClient]) -> None:
    assert champion_version(database[0], "another") is None


def test_a_locked_or_missing_database_is_said_and_makes_none(
    database: tuple[str, mlflow.MlflowClient], store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri, _ = database
    monkeypatch.setattr("training.tracking.champion_lookup.TIMEOUT_SECONDS", 0.05)
    store.refresh()
    with sqlite3.connect(uri.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        store.compare_with_registry(lambda: champion_version(uri, NAME))
        assert "database is locked" in str(store.registry_mismatch)
        other.execute("ROLLBACK")
    missing = tmp_path / "gone" / "mlflow.db"
    store.compare_with_registry(lambda: champion_version(f"sqlite:///{missing}", NAME))
    assert "the registry is unavailable" in str(store.registry_mismatch)
    assert not missing.exists()
    assert store.served is not None


def test_a_tracking_server_that_is_gone_is_said(store: Store) -> None:
    store.refresh()
    store.compare_with_registry(lambda: champion_version("http://127.0.0.1:9", NAME))
    assert "the registry is unavailable: ConnectionError" in str(store.registry_mismatch)
