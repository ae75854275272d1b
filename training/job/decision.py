"""Publication of a decision: the new version promoted, or the champion kept with the challenger beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from data.settings import settings
from training.job.pipeline import run_stages, step
from training.publication import promotion
from training.publication.build import RegisteredBundle, build_publication, write_publication
from training.publication.model_bundle import read_bundle
from training.stages import run_description
from training.stages.context import Job
from training.tracking.records import RegisteredVersion

ATTEMPTS = 3


def publish_decision(job: Job) -> tuple[dict[str, Any], Path]:
    """Publish the decision of the stage `compare`; compare again where the champion was changed by somebody else meanwhile.

    Returns:
        The decision, and the folder of the publication.

    Raises:
        ValueError: the challenger was not promoted and no champion can be published.
        OSError: the champion was changed by somebody else at every attempt.
    """
    for _ in range(ATTEMPTS):
        decision: dict[str, Any] = job.result("compare")
        with step(job, "publish"):
            transaction = _promotion(job, decision)
        with step(job, "promotion"):
            folder = promotion.promote(transaction)
        if folder:
            return decision, folder
        job.checkpoints.discard("compare", "champion")
        run_stages(job)
    raise OSError("the champion is being changed by somebody else again and again; run again when that is over")


def _promotion(job: Job, decision: dict[str, Any]) -> promotion.Promotion:
    """Write the publication of the champion that the decision makes or keeps, and return the transaction that publishes it."""
    promoted = bool(decision["promoted"])
    new = RegisteredBundle(job.challenger, job.registered)
    champion = new if promoted else _kept_champion(job, decision)
    content = build_publication(
        champion,
        job.panel,
        job.provenance.issued_at,
        challenger=None if promoted else new,
        work_key=job.checkpoints.key,
        decision=job.checkpoints.key,
        backfilled=job.backfilled,
        failed_checks=decision["failed_checks"],
    )
    outcome = decision["outcome"]
    return promotion.Promotion(
        decision_id=job.checkpoints.key,
        publication_id=write_publication(settings().published, content),
        previous_champion=decision["against"],
        champion=champion.version,
        challenger=None if promoted else new.version,
        tagged=new.version,
        tags={
            "outcome": outcome,
            "reason": decision["reason"],
            "against": decision["against"] or "none",
            "checks_failed": _checks(decision, lambda c: not c["passed"]),
            "checks_warned": _checks(decision, lambda c: c["warning"]),
            "checks_passed": _checks(decision, lambda c: c["passed"] and not c["warning"]),
        },
        log_entry={
            "by": "backfill" if job.backfilled else "retrain",
            "champion": champion.version.version,
            "challenger": new.version.version,
        }
        | decision,
        run_name=f"retrain {job.newest:%Y-%m} {outcome.replace('_', ' ')}",
        run_description=run_description.summary(job.challenger, decision),
    )


def _kept_champion(job: Job, decision: dict[str, Any]) -> RegisteredBundle:
    version = job.result("champion")
    if version.pop("unusable"):
        raise ValueError(
            f"version {job.registered.version} was not promoted, and no champion can be used: {decision['reason']}"
        )
    return RegisteredBundle(read_bundle(job.checkpoints.path("champion") / "edition"), RegisteredVersion(**version))


def _checks(decision: dict[str, Any], chosen: Callable[[dict[str, Any]], bool]) -> str:
    return "; ".join(f"{c['name']}: {c['found']}" for c in decision["checks"] if chosen(c)) or "none"
