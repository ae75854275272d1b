"""Promotion of a registered version without a retraining: by hand, by a rollback, or because the registry's champion is not published."""

import tempfile
from pathlib import Path
from typing import Any

from data import calendar
from data.panel import panel as panels
from data.settings import settings
from training.publication import decision_log, promotion
from training.publication.build import RegisteredBundle, build_publication, write_publication
from training.publication.download import download_bundle
from training.publication.model_bundle import read_bundle
from training.publication.publication import current_info
from training.tracking import model_registry
from training.tracking.records import RegisteredVersion

REASONS = {
    "promote": "asked for by `chokepoint promote`",
    "rollback": "asked for by `chokepoint rollback`",
    "registry": "champion in the registry, and its publication was another's or damaged",
}


def promote_version(version: RegisteredVersion, by: str) -> dict[str, Any]:
    """Publish a version and make it champion, in one transaction that the next job resumes where this one is killed.

    Args:
        version: the version to promote.
        by: a key of REASONS.

    Returns:
        The entry of the decision log, and the publication id as `published`.

    Raises:
        LookupError: the bundle of the version, or of the challenger, is gone or altered.
        ValueError: the panel ends before the version's newest origin.
        OSError: MLflow does not answer, the disk is full, or somebody else changed the champion meanwhile.
    """
    panel = panels.load()
    champion, challenger = model_registry.champion(), model_registry.challenger()
    if challenger is not None and challenger.version == version.version:
        challenger = None
    failed = decision_log.failed_checks(version.version)
    decision_id = f"{len(decision_log.read()):04d}-{by}"
    work = settings().home / "work"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as scratch:
        content = build_publication(
            _downloaded(version, Path(scratch) / "champion"),
            panel,
            calendar.timestamp_now(),
            challenger=_downloaded(challenger, Path(scratch) / "challenger") if challenger else None,
            work_key=current_info(settings().published).work_key,
            decision=decision_id,
            failed_checks=failed,
        )
        publication_id = write_publication(settings().published, content)
    outcome: dict[str, Any] = {
        "by": by,
        "outcome": "promoted_with_warnings" if failed else "promoted",
        "champion": version.version,
        "reason": REASONS[by],
        "failed_checks": failed,
    }
    transaction = promotion.Promotion(
        decision_id=decision_id,
        publication_id=publication_id,
        previous_champion=champion.version if champion else "",
        champion=version,
        challenger=challenger,
        tagged=version,
        tags={name: outcome[name] for name in ("outcome", "reason")},
        log_entry=outcome,
    )
    if promotion.promote(transaction) is None:
        raise OSError("the champion was changed by somebody else at the same moment; look, and run it again")
    return {**outcome, "published": publication_id}


def _downloaded(version: RegisteredVersion, destination: Path) -> RegisteredBundle:
    download_bundle(version, destination)
    return RegisteredBundle(read_bundle(destination), version)
