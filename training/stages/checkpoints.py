"""Checkpoints of a job: each finished stage is a folder written atomically, so that a killed job resumes after it.

<home>/work/<key>/<stage>/        complete or absent
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
"""Libraries whose version can change a stage's output."""


def digest_key(content: object, without: frozenset[str] = frozenset()) -> str:
    """Return a digest of the code, library versions, reference tables and `content`: the key under which outputs are reused.

    The code of `serving` is left out: a new page or command invalidates no checkpoint.

    Args:
        content: what else the output depends on, JSON or printable.
        without: file names of reference tables that the output does not depend on as a whole.
    """
    digest = hashlib.sha256(json.dumps([content, _versions()], sort_keys=True, default=str).encode())
    tables = [p for p in FOLDER.glob("*.csv") if p.name not in without]
    for path in sorted([*code_files(), *tables]):
        digest.update(path.relative_to(REPOSITORY).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def code_files() -> list[Path]:
    """Return the modules that decide the output of a stage."""
    return sorted(p for package in PACKAGES for p in (REPOSITORY / package).rglob("*.py"))


def _versions() -> dict[str, str]:
    return {d.name: d.version for d in distributions() if d.name in LIBRARIES}


class Checkpoints:
    """The checkpoints of one key under a home folder."""

    def __init__(self, home: Path, key: str) -> None:
        self.key = key
        self.root = home / "work"
        self.folder = self.root / key

    def has(self, stage: str) -> bool:
        """Return whether a stage is finished."""
        return (self.folder / stage).exists()

    def path(self, stage: str) -> Path:
        """Return the folder of a finished stage."""
        return self.folder / stage

    def write(self, stage: str, fill: Callable[[Path], None]) -> None:
        """Let `fill` write into a draft, which becomes the stage's folder atomically."""
        atomic_write_folder(self.path(stage), fill)

    def discard(self, *stages: str) -> None:
        """Delete finished stages, so that they run again."""
        for stage in stages:
            shutil.rmtree(self.path(stage), ignore_errors=True)

    def remove_others(self) -> None:
        """Delete the checkpoints of every other key, which no job can resume."""
        for other in self.root.glob("*"):
            if other != self.folder:
                shutil.rmtree(other, ignore_errors=True)

    def remove(self) -> None:
        """Delete the checkpoints of a job that has ended; renamed first, so that no job resumes from half of them."""
        if self.folder.exists():
            gone = self.root / f".{self.key}.gone"
            shutil.rmtree(gone, ignore_errors=True)
            os.replace(self.folder, gone)
            shutil.rmtree(gone, ignore_errors=True)
