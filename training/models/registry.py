"""Finds the methods in this folder, and saves and loads models whose files are checked by hash."""

import hashlib
import importlib
import pkgutil
from functools import cache
from pathlib import Path

import training.models
from training.models.base import HazardModel, read_json, write_json

CHAMPION = "stack"
"""The method that is fitted, registered and served. Its members, where it pools any, are its `member_methods`."""
CLIMATOLOGY, OWN_HISTORY, HISTORY_BY_KIND = "climatology", "own_history", "history_by_kind"
REFERENCES = (CLIMATOLOGY, OWN_HISTORY, HISTORY_BY_KIND)
"""Methods that every other is compared with: base rate, the capital's own past, and the kinds of its past."""
SKILL_REFERENCES = (CLIMATOLOGY, OWN_HISTORY)
"""References of the Brier skills in score tables and in the track record."""
BASELINES = (*REFERENCES, "logistic")
"""Methods that a backtest forecasts beside the champion."""
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


def backtested_methods() -> tuple[str, ...]:
    """Return the methods a backtest fits: baselines and champion, but for baselines fitted as members of the champion."""
    members = {member.name for member in method(CHAMPION).member_methods}
    return (*(name for name in BASELINES if name not in {CHAMPION, *members}), CHAMPION)


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
