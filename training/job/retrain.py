"""The retraining job: ingest, panel, stages, decision, publication, alerts; a killed job resumes from its checkpoints.

Stages (training/job/pipeline.py) write folders that nobody else reads. Aliases and the served publication change in one
transaction (training/publication/promotion.py), once for one decision, however often the job is killed and started again.
"""

from collections.abc import Callable
from pathlib import Path

from data import calendar
from data.files.job_lock import job_lock
from data.progress import Progress
from data.settings import settings
from training.dataset.folds import require_scored_origin
from training.job.decision import publish_decision
from training.job.job_log import log
from training.job.options import Options, checkpoint_key
from training.job.outcome import Outcome, outcome_of, unchanged_outcome
from training.job.pipeline import run_stages, step
from training.job.unchanged import already_published, republish_champion
from training.publication import promotion
from training.stages.checkpoints import Checkpoints
from training.stages.context import Job
from training.stages.resource_usage import ResourceUsage, sampled
from training.stages.timing import Clock

Alert = Callable[[Path], list[str]]


def no_alert(_published: Path) -> list[str]:
    """Raise no alert."""
    return []


def retrain(progress: Progress, options: Options | None = None, alert: Alert = no_alert) -> Outcome:
    """Run the retraining job on the home folder in force.

    Args:
        progress: called with stage, steps done and steps in all.
        options: first origins, ingestion, and the past month of a backfill.
        alert: raises and delivers alerts on the folder of publications, and returns deliveries that failed.

    Returns:
        The outcome with its exit code, the decision, and the publication.

    Raises:
        LockedError: another job is running on this home folder.
        OSError: MLflow does not answer, the disk is full, or the champion is changed again and again meanwhile.
        ValueError: the panel or an option does not allow a retraining, or no champion can be published.
    """
    options = options or Options()
    with job_lock(settings().home, "retrain") as stale:
        log("started", first=f"{options.first:%Y-%m}", ingest=options.ingest, took_over=stale)
        try:
            with sampled() as usage:
                outcome = _retrain(progress, options, usage, alert)
        except BaseException as error:
            log("failed", error=type(error).__name__, message=str(error))
            raise
        log(
            "ended",
            outcome=outcome.name,
            reason=outcome.reason,
            version=outcome.version,
            seconds=outcome.seconds,
        )
        return outcome


def _retrain(progress: Progress, options: Options, usage: ResourceUsage, alert: Alert) -> Outcome:
    clock = Clock()
    promotion.resume()
    warnings = _ingest(progress) if options.ingest else []
    with clock.stage("panel"):
        panel = options.panel()
    require_scored_origin(options.first, calendar.month_at(panel.last))
    checkpoints = Checkpoints(settings().home, checkpoint_key(panel, options))
    checkpoints.remove_others()
    if already_published(checkpoints):
        reason = republish_champion(clock)
        with clock.stage("alert"):
            warnings += alert(settings().published)
        return unchanged_outcome(reason, warnings, clock)
    backfilled = options.as_at is not None
    job = Job(panel, options.first, checkpoints, clock, usage, progress, options.trained_from, backfilled)
    run_stages(job)
    decision, folder = publish_decision(job)
    with step(job, "alert"):
        warnings += [] if backfilled else alert(settings().published)
    outcome = outcome_of(job, decision, folder, warnings)
    checkpoints.remove()
    job.cache.prune()
    return outcome


def _ingest(progress: Progress) -> list[str]:
    """Download the sources and compile the panel; return failed and quarantined sources with their messages."""
    from data.compile.refresh import fetch_and_compile

    results = fetch_and_compile(progress)
    warnings = [f"{r.source}: {r.message}" for r in results if r.outcome in {"failed", "quarantined"}]
    log("ingest", files=len(results), failed=warnings)
    return warnings
