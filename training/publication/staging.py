"""Staging of publications: written as a draft, then made current in a step that can be resumed."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from data.files.atomic import atomic_write, atomic_write_folder
from training.publication.publication import CURRENT


def stage_publication(published: Path, publication_id: str, fill: Callable[[Path], None]) -> None:
    """Let `fill` write a publication, which nobody reads before `publish`."""
    atomic_write_folder(published / f".{publication_id}.ready", fill)


def publish(published: Path, publication_id: str) -> Path:
    """Make a staged publication, or one published before, the current one, and return its folder.

    Idempotent: it resumes wherever a killed process left it. A staged publication replaces one of the same id, which is
    staged again only where it was damaged.
    """
    folder, staged = published / publication_id, published / f".{publication_id}.ready"
    if staged.exists():
        if folder.exists():
            os.replace(folder, published / f".{publication_id}.damaged")
        os.replace(staged, folder)
    set_current(published, publication_id)
    return folder


def remove_stale_drafts(published: Path) -> None:
    """Delete drafts that killed jobs left; no reader has seen them."""
    for draft in published.glob(".*"):
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)


def set_current(published: Path, publication_id: str) -> None:
    """Point `current.json` to a publication atomically."""
    atomic_write(published / CURRENT, lambda draft: draft.write_text(json.dumps({"folder": publication_id}) + "\n"))
