"""The main job: ingest, check, panel, then the stages (serving/stages.py), promote or keep, publish, alert.

Everything before `settle` makes folders nobody else reads; `settle` moves the alias, `publish` the publication. Each
is done once for one decision, however often the job is killed and started again.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

import pandas as pd

from data import calendar, ledger
from data import panel as panels
from data.panel import Panel
from data.settings import settings
from serving import decisions, issued
from serving.edition import read_edition
from serving.job import Job, Progress
from serving.locking import only_job
from serving.publication import read_publication
from serving.publish import issue_of, publish
from serving.stages import STAGES
from serving.work import Work, key_of
from training import retraining, tracking
from training.folds import FIRST_BACKTEST_ORIGIN, FIRST_TRAINING_ORIGIN, require_scored_origin
from training.forecast import Stamp
from training.models.registry import load_model


class Exit(IntEnum):
    """How a retraining ended, as the process says it."""

    PROMOTED = 0
    FAILED = 1
    KEPT = 10
    DEGRADED = 11
    LOCKED = 12


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


def retrain(progress: Progress, options: Options | None = None) -> Done:
    """Do the job on the home folder in force; raise LockedError where another one is at it."""
    options = options or Options()
    with only_job(settings().home, "retrain") as stale:
        log("started", first=f"{options.first:%Y-%m}", ingest=options.ingest, took_over=stale)
        try:
            done = _retrain(progress, options)
        except BaseException as error:
            log("failed", error=type(error).__name__, message=str(error))
            raise
        log("ended", outcome=done.exit.name.lower(), reason=done.reason, version=done.version, seconds=done.seconds)
        return done


def _retrain(progress: Progress, options: Options) -> Done:
    clock = retraining.Clock()
    issued.keep(settings().home, settings().published)
    failed = _ingest(progress) if options.ingest else []
    with clock.stage("panel"):
        panel = panels.load()
    require_scored_origin(options.first, calendar.month_at(panel.last))
    work = Work(settings().home, key(panel, options))
    work.clean()
    if not work.folder.exists() and (name := published_as(work.key)):
        return _nothing_new(name, failed, clock)
    job = Job(panel, options.first, work, clock, progress, options.trained_from)
    _run_stages(job)
    decision = _settle(job)
    with _step(job, "publish"):
        folder = _publish(job, decision)
        issued.keep(settings().home, settings().published)
    with _step(job, "alert"):
        failed += _alert()
    done = _ended(job, decision, folder, failed)
    work.remove()
    return done


def key(panel: Panel, options: Options) -> str:
    """Return the name of the work: data, code, libraries, settings and origin."""
    spans = [options.first, options.trained_from, panel.last]
    server = [settings().tracking_uri, settings().experiment, settings().registered_model]
    return key_of([panel.manifest, [str(s) for s in spans], server])


def plan(options: Options) -> list[tuple[str, str]]:
    """Say, stage by stage, what a retraining would do now and why; nothing is written."""
    panel = panels.load()
    require_scored_origin(options.first, calendar.month_at(panel.last))
    work = Work(settings().home, key(panel, options))
    lines = [
        (
            "ingest",
            "fetches every open source" if options.ingest else "left out: give --ingest or set CHOKEPOINT_INGEST",
        ),
        (
            "panel",
            f"{panel.vintage}, newest origin {calendar.month_at(panel.last):%Y-%m}, from {panels.panel_folder()}",
        ),
    ]
    if not work.folder.exists() and (name := published_as(work.key)):
        return [*lines, ("publish", f"nothing new: {name} was made of this data by this code")]
    for stage in STAGES:
        parts = len(list((work.folder / f".{stage.name}.parts").glob("*.npz")))
        state = f"would run; {parts} folds are there already" if parts else "would run"
        lines.append((stage.name, f"done already, in {work.path(stage.name)}" if work.has(stage.name) else state))
    return [
        *lines,
        ("settle", "would promote or keep, by the comparison"),
        ("publish", "would publish the champion"),
        ("alert", "would raise and deliver alerts by rule"),
    ]


def published_as(work_key: str) -> str:
    """Return the name of the current issue where it is whole and was made of this work; empty where not."""
    try:
        current = read_publication(settings().published)
        load_model(current.model_folder)
    except (OSError, ValueError):
        return ""
    held = tracking.holder(tracking.ALIAS)
    same = held is not None and held.run_id == current.info["run_id"]
    return current.folder.name if same and current.info.get("work_key") == work_key else ""


def log(event: str, **fields: object) -> None:
    """Write a line into the log of this home folder."""
    at = calendar.now()
    ledger.append(
        settings().home / "logs" / f"retrain-{at:%Y-%m}.jsonl",
        {"at": at.isoformat(timespec="milliseconds"), "event": event} | fields,
    )


def _ingest(progress: Progress) -> list[str]:
    """Bring the sources and the panel up to date; return what failed or is held."""
    from serving.ingesting import fetch_and_compile

    results = fetch_and_compile(progress)
    bad = [f"{r.source}: {r.message}" for r in results if r.outcome in {"failed", "held"}]
    log("ingest", files=len(results), failed=bad)
    return bad


def _alert() -> list[str]:
    """Raise and deliver alerts on what was published; what cannot be delivered is said and tried again by the next job."""
    from serving.alerts.after_publish import evaluate_and_deliver

    try:
        found = evaluate_and_deliver(settings().published)
    except (OSError, ValueError, LookupError) as error:
        return [f"alerts: {error}"]
    return [f"alerts: {a.receiver}: {a.answer.detail}" for a in found.attempts if a.answer.outcome != "delivered"]


class _step:  # noqa: N801 - reads as a statement
    """Show, time and log a step."""

    def __init__(self, job: Job, name: str) -> None:
        self.job, self.name, self.timed = job, name, job.clock.stage(name)

    def __enter__(self) -> None:
        self.job.progress(self.name, 0, 1)
        self.timed.__enter__()

    def __exit__(self, *error: Any) -> None:
        self.timed.__exit__(*error)
        if error[0] is None:
            log("stage", stage=self.name, seconds=round(self.job.clock.seconds[self.name], 2), key=self.job.work.key)
            self.job.progress(self.name, 1, 1)


def _run_stages(job: Job) -> None:
    for stage in STAGES:
        if not job.work.has(stage.name):
            with _step(job, stage.name):
                job.work.finish(stage.name, lambda folder, made=stage.make: made(job, folder))  # type: ignore[misc]


def _settle(job: Job) -> dict[str, Any]:
    """Move the aliases by the decision and write it down; compare again where somebody else moved the champion meanwhile."""
    made = job.registered
    for _ in range(3):
        decision: dict[str, Any] = job.note("compare")
        held = tracking.holder(tracking.ALIAS)
        if (held.version if held else "") in {decision["against"], made.version}:
            break
        job.work.discard("compare", "champion")
        _run_stages(job)
    else:
        raise RuntimeError(
            "the champion is being changed by somebody else again and again; run again when that is over"
        )
    with _step(job, "settle"):
        takes_over = bool(decision["promoted"]) or (held is not None and held.version == made.version)
        tracking.point(tracking.ALIAS if takes_over else tracking.CHALLENGER, made)
        if takes_over:
            tracking.point(tracking.CHALLENGER, None)
        outcome = "promoted" if takes_over else "kept"
        numbers = {
            f"check_{c['name'].replace(' ', '_')}": f"{c['found']} [{'passed' if c['passed'] else 'failed'}]"
            for c in decision["checks"]
        }
        tracking.tag(
            made,
            {"outcome": outcome, "reason": decision["reason"], "against": decision["against"] or "none", **numbers},
        )
        champion = made.version if takes_over else decision["against"]
        decisions.add(
            job.work.key,
            {"by": "retrain", "outcome": outcome, "champion": champion, "challenger": made.version, **decision},
        )
    return decision | {"promoted": takes_over}


def _publish(job: Job, decision: dict[str, Any]) -> Path:
    challenger = (job.challenger, job.registered)
    if decision["promoted"]:
        published, shadow = challenger, None
    else:
        held = tracking.version(decision["against"])
        published, shadow = (read_edition(job.work.path("champion") / "edition"), held), challenger
    stamp = Stamp(published[1].version, job.stamp.issued_at, job.panel.vintage)
    issue = issue_of(*published, job.panel, stamp.issued_at, shadow)
    return publish(settings().published, issue, published[1], stamp, job.work.key, job.work.key)


def _ended(job: Job, decision: dict[str, Any], folder: Path, failed: list[str]) -> Done:
    info = read_publication(settings().published).info
    warnings = list(failed)
    if decision["against"] and not decision["inputs_fresh"]:
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
        retraining.peak_memory_mb(),
    )


def _nothing_new(name: str, failed: list[str], clock: retraining.Clock) -> Done:
    current = read_publication(settings().published)
    return Done(
        Exit.DEGRADED if failed else Exit.KEPT,
        f"nothing new since {name}",
        current.origin,
        current.info["model_version"],
        current.info["run_id"],
        current.folder,
        warnings=tuple(failed),
        seconds=clock.seconds,
        peak_memory_mb=retraining.peak_memory_mb(),
    )
