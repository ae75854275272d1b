"""The model bundle: everything that belongs to one version of the model, in a job's checkpoints and in MLflow alike.

<bundle>/model/ tables/*.parquet figures/*.png about.json model_card.md
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from data import calendar
from training.forecasting.intervals import Spread
from training.models.base import HazardModel
from training.models.registry import load_model
from training.tracking import model_card

CANDIDATE = "candidate"
"""Placeholder of the version's number in rows made before registration."""
CSV_TABLES = ("track_record", "drift", "misses", "false_alarms", "feeds")
"""Tables that are written as CSV too, which the MLflow UI shows."""


@dataclass(frozen=True)
class ModelBundle:
    """A model bundle in a folder; tables other than forecasts and drivers are read on demand."""

    folder: Path
    forecasts: pd.DataFrame
    drivers: pd.DataFrame

    @cached_property
    def about(self) -> dict[str, Any]:
        """Origin, data vintage, title, and the shares of late feeds at its origin."""
        return dict(json.loads((self.folder / "about.json").read_text()))

    @property
    def origin(self) -> pd.Timestamp:
        """The newest origin its model was fitted for."""
        return calendar.parse_month(self.about["origin"])

    @cached_property
    def model(self) -> HazardModel:
        """The model, its files verified by hash."""
        return load_model(self.folder / "model")

    def table(self, name: str) -> pd.DataFrame:
        """Read a table of the bundle."""
        return pd.read_parquet(self.folder / "tables" / f"{name}.parquet")

    def spread(self, iso3: pd.Series) -> Spread | None:
        """Return the spread of refits for rows of these capitals at the bundle's origin; None where an earlier release recorded none."""
        if not (self.folder / "tables" / "spread.parquet").exists():
            return None
        by_capital = self.table("spread").set_index("iso3").reindex(iso3)
        return {target: by_capital[target].to_numpy() for target in by_capital}

    @property
    def card(self) -> str:
        """The model card; empty where an earlier release recorded the version without one."""
        path = self.folder / model_card.FILE
        return path.read_text() if path.exists() else ""

    @property
    def figures(self) -> dict[str, Path]:
        """Figures by file name."""
        return {path.name: path for path in sorted((self.folder / "figures").glob("*.png"))}


def read_bundle(folder: Path) -> ModelBundle:
    """Open a model bundle."""
    bare = ModelBundle(folder, pd.DataFrame(), pd.DataFrame())
    return replace(bare, forecasts=bare.table("forecasts"), drivers=bare.table("drivers"))


def write_bundle(
    folder: Path, model: Path, tables: Mapping[str, pd.DataFrame], figures: Path, about: Mapping[str, object], card: str
) -> None:
    """Write a model bundle into an existing empty folder.

    Args:
        folder: the empty folder.
        model: folder of the model's native files.
        tables: the tables by name, forecasts and drivers among them.
        figures: folder with PNG files.
        about: origin, data vintage, title and shares of late feeds.
        card: the model card in Markdown.
    """
    shutil.copytree(model, folder / "model")
    shutil.copytree(figures, folder / "figures", ignore=shutil.ignore_patterns("*.parquet"))
    (folder / "tables").mkdir()
    for name, table in tables.items():
        table.to_parquet(folder / "tables" / f"{name}.parquet", index=False, compression="zstd")
        if name in CSV_TABLES:
            table.to_csv(folder / "tables" / f"{name}.csv", index=False, float_format="%.4g", date_format="%Y-%m")
    digests = {path.name: _digest(path) for path in sorted((folder / "tables").iterdir())}
    (folder / "about.json").write_text(json.dumps({**about, "tables": digests}, indent=1) + "\n")
    (folder / model_card.FILE).write_text(card)


def verify_bundle(folder: Path) -> None:
    """Raise ValueError where a table of a bundle is missing or altered; the model's files have hashes of their own."""
    about = json.loads((folder / "about.json").read_text())
    for name, expected in about.get("tables", {}).items():
        path = folder / "tables" / name
        digest = _digest(path) if path.exists() else "no file"
        if digest != expected:
            raise ValueError(f"tables/{name}: sha256 is {digest[:12]}, expected {expected[:12]}")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
