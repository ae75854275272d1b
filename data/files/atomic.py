"""Files and folders that appear in a single step: a reader, or the run after one that was killed, meets all of one or none."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path


def whole_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a draft, which then takes the place of `path` and outlives a power cut."""
    draft = path.with_name(f".{path.name}.draft")
    write(draft)
    _through(draft)
    os.replace(draft, path)


def whole_folder(folder: Path, fill: Callable[[Path], object]) -> None:
    """Let `fill` fill an empty draft, which then takes the place of `folder` and outlives a power cut; a failed draft is removed."""
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        fill(draft)
        for path in draft.rglob("*"):
            if path.is_file():
                _through(path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(draft, folder)


def _through(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
