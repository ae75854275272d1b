"""Hazards of every method and target in one NumPy archive, lossless."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from data.files.atomic import atomic_write
from training.models.base import Hazards


def write_hazards(hazards: Mapping[str, Hazards], path: Path) -> None:
    """Write method -> target -> hazards atomically, under the keys `method/target`."""
    arrays: dict[str, Any] = {f"{n}/{target}": h for n, own in hazards.items() for target, h in own.items()}

    def write(draft: Path) -> None:
        with draft.open("wb") as file:  # NumPy appends a suffix of its own to a name
            np.savez(file, **arrays)

    atomic_write(path, write)


def read_hazards(path: Path) -> dict[str, Hazards]:
    """Read method -> target -> hazards as `write_hazards` wrote them."""
    hazards: dict[str, Hazards] = {}
    with np.load(path) as stored:
        for key in stored.files:
            name, _, target = key.partition("/")
            hazards.setdefault(name, {})[target] = stored[key]
    return hazards
