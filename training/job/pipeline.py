"""The pipeline of stages, each a checkpoint: finished stages are skipped when the job is started again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from training.job.job_log import log
from training.stages import comparing, fitting, judging, recording
from training.stages.context import Job


@dataclass(frozen=True)
class Stage:
    """A function that writes a stage's checkpoint into an empty folder, and the name of that folder."""

    name: str
    write: Callable[[Job, Path], None]


STAGES = (
    Stage("features", fitting.features),
    Stage("backtest", judging.backtest),
    Stage("scores", judging.scores),
    Stage("fit", fitting.fit),
    Stage("intervals", fitting.intervals),
    Stage("forecasts", fitting.forecasts),
    Stage("backtest_rows", judging.backtest_rows),
    Stage("track_record", judging.track_record),
    Stage("drift", judging.drift),
    Stage("figures", recording.figures),
    Stage("edition", recording.bundle),
    Stage("record", recording.record),
    Stage("champion", comparing.champion),
    Stage("compare", comparing.compare),
)


def run_stages(job: Job) -> None:
    """Run the stages that have no checkpoint yet, in order."""
    for stage in STAGES:
        if not job.checkpoints.has(stage.name):
            with step(job, stage.name):
                job.checkpoints.write(stage.name, partial(stage.write, job))


@contextmanager
def step(job: Job, name: str) -> Iterator[None]:
    """Show a step's progress, time it and log it."""
    job.progress(name, 0, 1)
    with job.clock.stage(name):
        yield
    log("stage", stage=name, seconds=round(job.clock.seconds[name], 2), key=job.checkpoints.key)
    job.progress(name, 1, 1)
