"""A change of champion and of what is served, written down whole before it is made: whatever kills it, the next job ends it.

<home>/change.json is there from the moment at which the issue lies ready until aliases, publication, tags and the
decision log all say the same.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.files.atomic import atomic_write
from data.settings import settings
from training.publication import archive, decision_log
from training.publication.publication import publish, remove_stale_drafts
from training.tracking import model_registry, retraining_runs
from training.tracking.records import RegisteredVersion


@dataclass(frozen=True)
class Promotion:
    """One decision and everything that follows from it."""

    identity: str
    """Name of the decision: the log holds it once."""
    issue: str
    """Name of the issue that lies ready, or was put out before."""
    held: str
    """Version that was champion when it was decided; empty where none was."""
    champion: RegisteredVersion
    candidate: RegisteredVersion | None
    tagged: RegisteredVersion
    tags: Mapping[str, str]
    line: Mapping[str, Any]
    """What the decision log says."""
    name: str = ""
    note: str = ""
    """What the run is called, and what a reviewer reads first in it; empty where both stay as they are."""


def promote(change: Promotion) -> Path | None:
    """Write a change down and make it; None where somebody else has changed the champion since it was decided."""
    atomic_write(_written(), lambda draft: draft.write_text(json.dumps(asdict(change), indent=1)))
    return resume()


def resume() -> Path | None:
    """Make the change that is written down, each part from wherever it was left, and return its issue; None where there is none.

    A change whose champion somebody else has replaced meanwhile is dropped: theirs is the later word. Whatever issue is
    current then is in the store of issues, and what dead jobs left half done is gone.
    """
    change = pending()
    folder = _made(change) if change else None
    _written().unlink(missing_ok=True)
    remove_stale_drafts(settings().published)
    archive.add_current(settings().home, settings().published)
    return folder


def _made(change: Promotion) -> Path | None:
    held = model_registry.champion()
    if (held.version if held else "") not in {change.held, change.champion.version}:
        return None
    if held != change.champion:
        model_registry.set_alias(model_registry.CHAMPION_ALIAS, change.champion)
    if model_registry.challenger() != change.candidate:
        model_registry.set_alias(model_registry.CHALLENGER_ALIAS, change.candidate)
    folder = publish(settings().published, change.issue)
    model_registry.set_tags(change.tagged, change.tags)
    if change.note:
        retraining_runs.describe_run(change.tagged, change.name, change.note)
    decision_log.add(change.identity, change.line)
    return folder


def pending() -> Promotion | None:
    """Return the change that is written down and not yet made, None where there is none."""
    if not _written().exists():
        return None
    content = json.loads(_written().read_text())
    versions = {
        name: RegisteredVersion(**content[name]) if content[name] else None
        for name in ("champion", "candidate", "tagged")
    }
    return Promotion(**content | versions)


def _written() -> Path:
    return settings().home / "change.json"
