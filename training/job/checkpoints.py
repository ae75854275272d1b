"""Work of a job on its way: each finished stage is a folder that appeared at once, so a killed job goes on where it was.

<home>/work/<key>/<stage>/        what a stage made; there whole or not at all
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from importlib.metadata import distributions
from pathlib import Path

from data.files.atomic import atomic_write_folder
from data.reference_tables import FOLDER
from data.settings import REPOSITORY

PACKAGES = ("data", "features", "training")
LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "xgboost-cpu", "xgboost", "matplotlib", "mlflow")
"""Those whose version can change what a stage makes."""


def key_of(settings: object, without: frozenset[str] = frozenset()) -> str:
    """Return the name of a job's work: the same for the same data, code, libraries and settings, and for no other.

    The code of `serving` does not count: a new page or command makes no finished work useless.
    `without` names reference tables that the work knows by their content.
    """
    digest = hashlib.sha256(json.dumps([settings, _versions()], sort_keys=True, default=str).encode())
    tables = [p for p in FOLDER.glob("*.csv") if p.name not in without]
    for path in sorted([*code(), *tables]):
        digest.update(path.relative_to(REPOSITORY).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def code() -> list[Path]:
    """Return the modules that decide what a stage makes."""
    return sorted(p for package in PACKAGES for p in (REPOSITORY / package).rglob("*.py"))


def _versions() -> dict[str, str]:
    return {d.name: d.version for d in distributions() if d.name in LIBRARIES}


class Work:
    """The stages of one key under a home folder."""

    def __init__(self, home: Path, key: str) -> None:
        self.key = key
        self.root = home / "work"
        self.folder = self.root / key

    def has(self, stage: str) -> bool:
        """Tell whether a stage is finished."""
        return (self.folder / stage).exists()

    def path(self, stage: str) -> Path:
        """Return the folder of a finished stage."""
        return self.folder / stage

    def finish(self, stage: str, make: Callable[[Path], None]) -> None:
        """Let `make` fill a draft, which appears as the stage in a single step."""
        atomic_write_folder(self.path(stage), make)

    def discard(self, *stages: str) -> None:
        """Forget finished stages, so that they are made again."""
        for stage in stages:
            shutil.rmtree(self.path(stage), ignore_errors=True)

    def clean(self) -> None:
        """Delete the work of every other key: nothing of it can be gone on with."""
        for other in self.root.glob("*"):
            if other != self.folder:
                shutil.rmtree(other, ignore_errors=True)

    def remove(self) -> None:
        """Delete this work, once everything made of it is in place; the name goes first, so that no half of it is met."""
        if self.folder.exists():
            gone = self.root / f".{self.key}.gone"
            shutil.rmtree(gone, ignore_errors=True)
            os.replace(self.folder, gone)
            shutil.rmtree(gone, ignore_errors=True)
