"""Atomic writes: a file or folder is written as a draft beside its place and appears there by one rename."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
DRAFTS = ".*.draft"
"""Glob pattern of drafts; one that is met outside a running write was left by a killed process."""


def atomic_write(path: Path, write: Callable[[Path], T], *, mode: int = 0o666) -> T:
    """Write a file atomically: readers see the previous content or the new one, also after a kill or a power cut.

    Args:
        path: Where the file appears; its folder must exist.
        write: Writes the content to the path it is given.
        mode: Permissions of the file, of which the umask takes its part.

    Returns:
        What `write` returned.

    Raises:
        OSError: The disk refused it; the previous file stays and the draft is removed.
    """
    draft = _draft(path)
    draft.unlink(missing_ok=True)
    try:
        draft.touch(mode, exist_ok=False)
        written = write(draft)
        _sync(draft)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return written


def atomic_write_folder(folder: Path, fill: Callable[[Path], T]) -> T:
    """Write a folder atomically: `fill` fills an empty draft, which then takes the place of `folder`.

    Two renames replace a folder, as no single one can; a process killed between them leaves the previous folder at
    `retired(folder)`, and the next write puts it back first.

    Args:
        folder: Where the folder appears; missing parents are made.
        fill: Writes files below the path it is given.

    Returns:
        What `fill` returned.

    Raises:
        OSError: The disk refused it; the previous folder stays and the draft is removed.
    """
    draft, previous = _draft(folder), retired(folder)
    if previous.exists() and not folder.exists():
        os.replace(previous, folder)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        filled = fill(draft)
        for path in draft.rglob("*"):
            if path.is_file():
                _sync(path)
        shutil.rmtree(previous, ignore_errors=True)
        if folder.exists():
            os.replace(folder, previous)
        os.replace(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(previous, ignore_errors=True)
    return filled


def retired(folder: Path) -> Path:
    """Return where a folder lies while its successor takes its place."""
    return folder.with_name(f"{folder.name}.retired")


def remove_drafts(folder: Path) -> None:
    """Delete the drafts that killed processes left in a folder; nobody else may be writing there."""
    for draft in folder.glob(DRAFTS):
        if draft.is_dir():
            shutil.rmtree(draft)
        else:
            draft.unlink()


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.draft")


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
