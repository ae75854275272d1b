"""Finds the methods in this folder, and saves and loads models whose files are checked by hash."""

import hashlib
import importlib
import pkgutil
from functools import cache
from pathlib import Path

import training.models
from training.models.base import HazardModel, read_json, write_json

CHAMPION = "stack"
"""The method that is fitted, registered and served; the others are its baselines and members."""
DESCRIPTION = "model.json"


@cache
def methods() -> dict[str, type[HazardModel]]:
    """Return every method by name."""
    found: dict[str, type[HazardModel]] = {}
    for module in pkgutil.iter_modules(training.models.__path__):
        loaded = importlib.import_module(f"training.models.{module.name}")
        for item in vars(loaded).values():
            if isinstance(item, type) and issubclass(item, HazardModel) and hasattr(item, "name"):
                found[item.name] = item
    return found


def method(name: str) -> type[HazardModel]:
    """Return one method; an unknown name is an error that lists the known ones."""
    if name not in methods():
        raise ValueError(f"unknown model {name!r}: choose one of {', '.join(sorted(methods()))}")
    return methods()[name]


def save_model(model: HazardModel, folder: Path) -> None:
    """Write a model's native files and their sha256 to a new folder."""
    folder.mkdir(parents=True)
    model.save(folder)
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    digests = {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
    write_json(folder / DESCRIPTION, {"name": model.name, "files": digests})


def load_model(folder: Path) -> HazardModel:
    """Read a model; refuse files that are missing or differ from what was saved."""
    if not (folder / DESCRIPTION).exists():
        raise FileNotFoundError(f"no model at {folder}: {DESCRIPTION} is missing; run `chokepoint retrain`")
    description = read_json(folder / DESCRIPTION)
    digests = description["files"]
    if not isinstance(digests, dict):
        raise TypeError(f"{folder / DESCRIPTION}: `files` must map names to sha256; run `chokepoint retrain`")
    for name, expected in digests.items():
        path = folder / name
        got = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "no file"
        if got != expected:
            raise ValueError(
                f"{path}: sha256 is {got[:12]}, expected {str(expected)[:12]}; the model was altered: restore it or run `chokepoint retrain`"
            )
    return method(str(description["name"])).load(folder)
