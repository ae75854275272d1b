"""What was last published: forecasts, drivers, scores and the champion's files, in one folder that appears at once."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.files.atomic import atomic_write, atomic_write_folder
from training.models.registry import load_model
from training.tracking import model_card

CURRENT = "current.json"
TABLES = ("forecasts", "drivers", "skill", "differences", "history", "inputs", "situations", "shadow")


@dataclass(frozen=True)
class Publication:
    """One issue: `forecasts` (contracts.FORECASTS), `drivers`, scores, `info`, and the folder with the model's files."""

    folder: Path
    info: dict[str, Any]
    forecasts: pd.DataFrame
    drivers: pd.DataFrame
    skill: pd.DataFrame
    differences: pd.DataFrame
    history: pd.DataFrame
    """The champion's risks at every past origin: origin, iso3, target, and a column `h<horizon>` a reported horizon."""
    inputs: pd.DataFrame
    """What the champion uses and has seen (training.situations.inputs)."""
    situations: pd.DataFrame
    """Every past capital-month as the champion sees it (training.situations.encode)."""
    shadow: pd.DataFrame
    """The challenger's forecasts of the newest origin (contracts.FORECASTS), empty where there is no candidate."""

    @property
    def origin(self) -> pd.Timestamp:
        """The newest origin."""
        return self.forecasts["origin"].max()

    @property
    def card(self) -> str:
        """The model card in Markdown; empty where an earlier release made the version."""
        path = self.folder / model_card.FILE
        return path.read_text() if path.exists() else ""

    @property
    def model_folder(self) -> Path:
        """Native files of the model that made it."""
        return self.folder / "model"


def current_folder(published: Path) -> Path:
    """Return the folder of the last issue; raise FileNotFoundError with the remedy where none is."""
    pointer = published / CURRENT
    if not pointer.exists():
        raise FileNotFoundError(f"nothing is published in {published}: run `make forecast` or `chokepoint retrain`")
    return published / str(json.loads(pointer.read_text())["folder"])


def read_publication(published: Path) -> Publication:
    """Read the last issue; raise FileNotFoundError with the remedy where an earlier version left out a table."""
    return _read(current_folder(published))


def current_info(published: Path) -> dict[str, Any]:
    """Return what the last issue says of itself; empty where nothing is published or that cannot be read."""
    try:
        return dict(json.loads((current_folder(published) / "publication.json").read_text()))
    except (OSError, ValueError):
        return {}


def is_intact(folder: Path) -> bool:
    """Tell whether an issue is there, can be read and has its model as it was saved."""
    try:
        load_model(_read(folder).model_folder)
    except (OSError, ValueError, TypeError, LookupError):
        return False
    return True


def _read(folder: Path) -> Publication:
    missing = [name for name in TABLES if not (folder / f"{name}.parquet").exists()]
    if missing:
        raise FileNotFoundError(
            f"{folder} has no {', '.join(missing)}: an earlier version published it; run `chokepoint retrain`"
        )
    return Publication(
        folder,
        json.loads((folder / "publication.json").read_text()),
        *(pd.read_parquet(folder / f"{name}.parquet") for name in TABLES),
    )


def stage_publication(published: Path, name: str, fill: Callable[[Path], None]) -> None:
    """Let `fill` write an issue whole, which nobody reads before `put_out`."""
    atomic_write_folder(published / f".{name}.ready", fill)


def publish(published: Path, name: str) -> Path:
    """Make a prepared issue, or one that was put out before, the current one; safe to repeat from wherever it was left.

    A prepared one takes the place of one of its name: that is prepared again only where it was damaged.
    """
    folder, ready = published / name, published / f".{name}.ready"
    if ready.exists():
        if folder.exists():
            os.replace(folder, published / f".{name}.damaged")
        os.replace(ready, folder)
    set_current(published, name)
    return folder


def remove_stale_drafts(published: Path) -> None:
    """Delete what jobs that died left half done: no reader has seen it."""
    for left in published.glob(".*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)


def set_current(published: Path, name: str) -> None:
    """Make an issue the current one in a single step."""
    atomic_write(published / CURRENT, lambda draft: draft.write_text(json.dumps({"folder": name}) + "\n"))
