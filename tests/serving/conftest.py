"""A home folder with the panel and the publication of four units, for reading only."""

import json
from pathlib import Path

import pytest

from data.panel.panel import Panel
from data.settings import settings
from tests.publication import publish, tables


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, panel: Panel) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "panel").mkdir()
    for name, table in tables().items():
        table.to_parquet(folder / "panel" / f"{name}.parquet")
    (folder / "panel" / "manifest.json").write_text(
        json.dumps({"vintage": "test.1", "built_at": "2026-11-23T00:00:00+00:00"})
    )
    publish(folder / settings().published.name, panel, "2026-10-v1")
    return folder
