"""The promotion transaction: champion, current publication, tags and decision log change together, whatever kills the job.

<home>/change.json is a write-ahead record: written once the publication is staged, deleted once every part has changed;
the next job resumes from it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.files.atomic import atomic_write
from data.settings import settings
from training.publication import archive, decision_log
from training.publication.staging import publish, remove_stale_drafts
from training.tracking import model_registry, retraining_runs
from training.tracking.records import RegisteredVersion

KEYS = {
    "decision_id": "identity",
    "publication_id": "issue",
    "previous_champion": "held",
    "challenger": "candidate",
    "log_entry": "line",
    "run_name": "name",
    "run_description": "note",
}
"""Fields of a promotion by their keys in change.json, where those differ: a file that another release left is resumed too."""
VERSIONS = ("champion", "challenger", "tagged")


@dataclass(frozen=True)
class Promotion:
    """One decision with every change that follows from it; promotes the champion, or keeps it."""

    decision_id: str
    """Identifier in the decision log."""
    publication_id: str
    """A publication that is staged, or was published before."""
    previous_champion: str
    """Number of the version that was champion when it was decided; empty where none was."""
    champion: RegisteredVersion
    challenger: RegisteredVersion | None
    tagged: RegisteredVersion
    """The version that the decision was about."""
    tags: Mapping[str, str]
    log_entry: Mapping[str, Any]
    """Content of the entry in the decision log."""
    run_name: str = ""
    run_description: str = ""
    """New name and description of the tagged version's run; empty where both stay."""


def promote(promotion: Promotion) -> Path | None:
    """Commit a promotion.

    Returns:
        The folder of the publication; None where somebody else has changed the champion since the decision.

    Raises:
        OSError: MLflow does not answer or the disk is full; the next job resumes the promotion.
    """
    content = {KEYS.get(name, name): value for name, value in asdict(promotion).items()}
    atomic_write(_path(), lambda draft: draft.write_text(json.dumps(content, indent=1)))
    return resume()


def resume() -> Path | None:
    """Finish the pending promotion, each part from wherever it was left, archive the current publication and delete stale drafts.

    A promotion whose previous champion somebody else has replaced meanwhile is dropped in favour of theirs.

    Returns:
        The folder of the publication; None where nothing was pending, or it was dropped.
    """
    promotion = pending()
    folder = _commit(promotion) if promotion else None
    _path().unlink(missing_ok=True)
    remove_stale_drafts(settings().published)
    archive.add_current(settings().home, settings().published)
    return folder


def _commit(promotion: Promotion) -> Path | None:
    champion = model_registry.champion()
    if (champion.version if champion else "") not in {promotion.previous_champion, promotion.champion.version}:
        return None
    if champion != promotion.champion:
        model_registry.set_alias(model_registry.CHAMPION_ALIAS, promotion.champion)
    if model_registry.challenger() != promotion.challenger:
        model_registry.set_alias(model_registry.CHALLENGER_ALIAS, promotion.challenger)
    folder = publish(settings().published, promotion.publication_id)
    model_registry.set_tags(promotion.tagged, promotion.tags)
    if promotion.run_description:
        retraining_runs.describe_run(promotion.tagged, promotion.run_name, promotion.run_description)
    decision_log.add(promotion.decision_id, promotion.log_entry)
    return folder


def pending() -> Promotion | None:
    """Return the promotion that a killed job left unfinished, None where there is none."""
    if not _path().exists():
        return None
    names = {key: name for name, key in KEYS.items()}
    content = {names.get(key, key): value for key, value in json.loads(_path().read_text()).items()}
    versions = {name: RegisteredVersion(**content[name]) if content[name] else None for name in VERSIONS}
    return Promotion(**content | versions)


def _path() -> Path:
    return settings().home / "change.json"
