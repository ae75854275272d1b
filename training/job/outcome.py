"""The outcome of a retraining and its exit code."""

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

import pandas as pd

from data import calendar
from data.files.job_lock import LockedError
from data.settings import settings
from training.publication.publication import current_folder, current_info
from training.stages.context import Job
from training.stages.timing import Clock, peak_memory_mb


class Exit(IntEnum):
    """Exit codes of the process."""

    PROMOTED = 0
    FAILED = 1
    KEPT = 10
    DEGRADED = 11
    LOCKED = LockedError.exit_code


@dataclass(frozen=True)
class Outcome:
    """Exit code, decision and publication of a retraining; `version` and `run_id` are of the published champion."""

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

    @property
    def name(self) -> str:
        """Return the outcome in one word: that of the exit code, or promoted_with_warnings, which exits with 0 too."""
        return str(self.decision["outcome"]) if self.exit == Exit.PROMOTED and self.decision else self.exit.name.lower()


def outcome_of(job: Job, decision: dict[str, Any], folder: Path, warnings: list[str]) -> Outcome:
    """Return the outcome of a retraining that made a decision; an unusable champion and stale inputs are warnings too."""
    info = current_info(settings().published)
    warnings = list(warnings)
    if decision["against"] and (unusable := job.result("champion")["unusable"]):
        warnings.append(unusable)
    elif decision["against"] and not decision["inputs_fresh"]:
        (inputs,) = (c for c in decision["checks"] if c["name"] == "inputs")
        warnings.append(f"inputs are staler than the champion's: {inputs['found']}")
    return Outcome(
        exit=Exit.DEGRADED if warnings else Exit.PROMOTED if decision["promoted"] else Exit.KEPT,
        reason=decision["reason"],
        origin=job.newest,
        version=info.model_version,
        run_id=info.run_id,
        folder=folder,
        challenger=job.registered.version,
        decision=decision,
        warnings=tuple(warnings),
        seconds=job.clock.seconds,
        peak_memory_mb=peak_memory_mb(),
    )


def unchanged_outcome(reason: str, warnings: list[str], clock: Clock) -> Outcome:
    """Return the outcome of a retraining with nothing new to fit."""
    info = current_info(settings().published)
    return Outcome(
        exit=Exit.DEGRADED if warnings else Exit.KEPT,
        reason=reason,
        origin=calendar.parse_month(info.origin),
        version=info.model_version,
        run_id=info.run_id,
        folder=current_folder(settings().published),
        warnings=tuple(warnings),
        seconds=clock.seconds,
        peak_memory_mb=peak_memory_mb(),
    )
