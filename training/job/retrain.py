"""The main job: ingest, check, panel, then the stages (training/job/stages.py), promote or keep, publish, alert.

Everything before `settle` makes folders nobody else reads, the issue among them; `settle` moves aliases and publication
in one change (training/publication/promotion.py), once for one decision, however often the job is killed and started again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

import pandas as pd

from data import calendar
from data.files import jsonl_log
from data.files.job_lock import LockedError, job_lock
from data.panel import panel as panels
from data.panel.panel import Panel
from data.panel.truncate import cut_at
from data.progress import Progress
from data.settings import settings
from training.dataset.folds import FIRST_BACKTEST_ORIGIN, FIRST_TRAINING_ORIGIN, require_scored_origin
from training.forecasting.forecast import Stamp
from training.job import run_description, timing
from training.job.checkpoints import Work, key_of
from training.job.context import Job
from training.job.resource_usage import Load, watched
from training.job.stages import STAGES
from training.publication import promotion
from training.publication.build import build_publication, write_publication
from training.publication.model_bundle import read_bundle
from training.publication.publication import current_folder, current_info, is_intact
from training.publication.take_over import take_over
from training.tracking import model_registry
from training.tracking.records import RegisteredVersion

Alert = Callable[[Path], list[str]]


def no_alert(_published: Path) -> list[str]:
    """Raise no alert: for a job that nobody follows."""
    return []


class Exit(IntEnum):
    """How a retraining ended, as the process says it."""

    PROMOTED = 0
    FAILED = 1
    KEPT = 10
    DEGRADED = 11
    LOCKED = LockedError.exit_code


@dataclass(frozen=True)
class Done:
    """What a retraining did; `version` is the one published."""

    exit: Exit
    reason: str
    origin: pd.Timestamp
    version: str
    run_id: str
    folder: Path
    challenger: str = ""
    decision: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_mb: float = 0.0


@dataclass(frozen=True)
class Options:
    """What one retraining is asked to do."""

    first: pd.Timestamp = FIRST_BACKTEST_ORIGIN
    ingest: bool = False
    trained_from: pd.Timestamp = FIRST_TRAINING_ORIGIN
    as_at: pd.Timestamp | None = None
    """A past month to be made as it would have been then: backfilled, which nobody could act on and no alert is raised for."""

    def panel(self) -> Panel:
        """Return the panel in force, as it was at the month asked for."""
        loaded = panels.load()
        return loaded if self.as_at is None else cut_at(loaded, self.as_at)


def retrain(progress: Progress, options: Options | None = None, alert: Alert = no_alert) -> Done:
    """Do the job on the home folder in force.

    Args:
        progress: called with stage, steps done and steps in all.
        options: what this retraining is asked to do.
        alert: raises and delivers alerts on the folder of publications, and returns what could not be delivered.

    Returns:
        Outcome, decision and what was published.

    Raises:
        LockedError: another job is running on this home folder.
    """
    options = options or Options()
    with job_lock(settings().home, "retrain") as stale:
        log("started", first=f"{options.first:%Y-%m}", ingest=options.ingest, took_over=stale)
        try:
            with watched() as load:
                done = _retrain(progress, options, load, alert)
        except BaseException as error:
            log("failed", error=type(error).__name__, message=str(error))
            raise
        log("ended", outcome=done.exit.name.lower(), reason=done.reason, version=done.version, seconds=done.seconds)
        return done


def _retrain(progress: Progress, options: Options, load: Load, alert: Alert) -> Done:
    clock = timing.Clock()
    promotion.resume()
    failed = _ingest(progress) if options.ingest else []
    with clock.stage("panel"):
        panel = options.panel()
    require_scored_origin(options.first, calendar.month_at(panel.last))
    work = Work(settings().home, key(panel, options))
    work.clean()
    if done_before(work):
        return _nothing_new(failed, clock, alert)
    backfilled = options.as_at is not None
    job = Job(panel, options.first, work, clock, load, progress, options.trained_from, backfilled)
    _run_stages(job)
    decision, folder = _settle(job)
    with _step(job, "alert"):
        failed += [] if backfilled else alert(settings().published)
    done = _ended(job, decision, folder, failed)
    work.remove()
    job.kept.prune()
    return done


def key(panel: Panel, options: Options) -> str:
    """Return the name of the work: data, code, libraries, settings and origin."""
    spans = [options.first, options.trained_from, panel.last, options.as_at]
    server = [settings().mlflow_tracking_uri, settings().experiment, settings().registered_model]
    return key_of([panel.manifest, [str(s) for s in spans], settings().interval_refits, server])


def log(event: str, **fields: object) -> None:
    """Write a line into the log of this home folder."""
    at = calendar.now()
    jsonl_log.append(
        settings().home / "logs" / f"retrain-{at:%Y-%m}.jsonl",
        {"at": at.isoformat(timespec="milliseconds"), "event": event} | fields,
    )


def done_before(work: Work) -> bool:
    """Tell whether what is published was made of this work, and nothing of it is left to do."""
    return not work.folder.exists() and current_info(settings().published).get("work_key") == work.key


def _ingest(progress: Progress) -> list[str]:
    """Bring the sources and the panel up to date; return what failed or is held."""
    from data.compile.refresh import fetch_and_compile

    results = fetch_and_compile(progress)
    bad = [f"{r.source}: {r.message}" for r in results if r.outcome in {"failed", "held"}]
    log("ingest", files=len(results), failed=bad)
    return bad


@contextmanager
def _step(job: Job, name: str) -> Iterator[None]:
    """Show, time and log a step."""
    job.progress(name, 0, 1)
    with job.clock.stage(name):
        yield
    log("stage", stage=name, seconds=round(job.clock.seconds[name], 2), key=job.work.key)
    job.progress(name, 1, 1)


def _run_stages(job: Job) -> None:
    for stage in STAGES:
        if not job.work.has(stage.name):
            with _step(job, stage.name):
                job.work.finish(stage.name, lambda folder, made=stage.make: made(job, folder))  # type: ignore[misc]


def _settle(job: Job) -> tuple[dict[str, Any], Path]:
    """Write the issue and make the change; compare again where somebody else moved the champion meanwhile."""
    for _ in range(3):
        decision: dict[str, Any] = job.note("compare")
        with _step(job, "publish"):
            change = _change(job, decision)
        with _step(job, "settle"):
            folder = promotion.promote(change)
        if folder:
            return decision, folder
        job.work.discard("compare", "champion")
        _run_stages(job)
    raise OSError("the champion is being changed by somebody else again and again; run again when that is over")


def _change(job: Job, decision: dict[str, Any]) -> promotion.Promotion:
    """Write the issue of the version that the decision makes or keeps champion, and return all that follows from it."""
    made, promoted = job.registered, bool(decision["promoted"])
    challenger, shadow = (job.challenger, made), None
    champion = challenger
    if not promoted:
        held = job.note("champion")
        if held.pop("unusable"):
            raise ValueError(
                f"version {made.version} was not promoted, and no champion can be used: {decision['reason']}"
            )
        champion, shadow = (read_bundle(job.work.path("champion") / "edition"), RegisteredVersion(**held)), challenger
    stamp = Stamp(champion[1].version, job.stamp.issued_at, job.panel.vintage)
    issue = build_publication(*champion, job.panel, stamp.issued_at, shadow)
    outcome = "promoted" if promoted else "kept"
    return promotion.Promotion(
        identity=job.work.key,
        issue=write_publication(
            settings().published, issue, champion[1], stamp, job.work.key, job.work.key, backfilled=job.backfilled
        ),
        held=decision["against"],
        champion=champion[1],
        candidate=None if promoted else made,
        tagged=made,
        tags={
            "outcome": outcome,
            "reason": decision["reason"],
            "against": decision["against"] or "none",
            "checks_failed": _spelled(decision, passed=False),
            "checks_passed": _spelled(decision, passed=True),
        },
        line={
            "by": "backfill" if job.backfilled else "retrain",
            "outcome": outcome,
            "champion": champion[1].version,
            "challenger": made.version,
        }
        | decision,
        name=f"retrain {job.newest:%Y-%m} {outcome}",
        note=run_description.summary(job.challenger, decision),
    )


def _spelled(decision: dict[str, Any], *, passed: bool) -> str:
    return "; ".join(f"{c['name']}: {c['found']}" for c in decision["checks"] if c["passed"] == passed) or "none"


def _ended(job: Job, decision: dict[str, Any], folder: Path, failed: list[str]) -> Done:
    info = current_info(settings().published)
    warnings = list(failed)
    if decision["against"] and (unusable := job.note("champion")["unusable"]):
        warnings.append(unusable)
    elif decision["against"] and not decision["inputs_fresh"]:
        (inputs,) = (c for c in decision["checks"] if c["name"] == "inputs")
        warnings.append(f"inputs are staler than the champion's: {inputs['found']}")
    worst = Exit.DEGRADED if warnings else Exit.PROMOTED if decision["promoted"] else Exit.KEPT
    return Done(
        worst,
        decision["reason"],
        job.newest,
        info["model_version"],
        info["run_id"],
        folder,
        job.registered.version,
        decision,
        tuple(warnings),
        job.clock.seconds,
        timing.peak_memory_mb(),
    )


def _nothing_new(failed: list[str], clock: timing.Clock, alert: Alert) -> Done:
    """End with what is published; publish the registry's champion where that is another one, or where the issue was damaged."""
    folder, info = current_folder(settings().published), current_info(settings().published)
    reason = f"nothing new since {folder.name}"
    held = model_registry.champion()
    if held is not None and (held.version != info["model_version"] or not is_intact(folder)):
        why = (
            "was damaged"
            if held.version == info["model_version"]
            else f"is not of version {held.version}, the champion"
        )
        reason = f"nothing new, but {folder.name} {why}, and version {held.version} was published again"
        with clock.stage("publish"):
            take_over(held, "registry")
        folder, info = current_folder(settings().published), current_info(settings().published)
    with clock.stage("alert"):
        failed += alert(settings().published)
    return Done(
        Exit.DEGRADED if failed else Exit.KEPT,
        reason,
        calendar.parse_month(info["origin"]),
        info["model_version"],
        info["run_id"],
        folder,
        warnings=tuple(failed),
        seconds=clock.seconds,
        peak_memory_mb=timing.peak_memory_mb(),
    )
