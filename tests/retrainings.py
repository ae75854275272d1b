"""Home folders after a small retraining, and after one whose job was killed, each made once a test run."""

import random
import shutil
from pathlib import Path

import pytest

from tests import jobs
from tests.workers import MakeOnce
from training.job.pipeline import STAGES

SEED, INSTANTS = 20261125, 3
"""Stages in which a job is killed at a random instant; benchmarks/faults.py does it twenty times, and at every change of a file."""


@pytest.fixture(scope="session")
def retrained(make_once: MakeOnce) -> Path:
    """A home folder after one small retraining, for reading only; what the job printed lies beside it as home.out."""
    return make_once("retrained", _retrain) / "home"


def _retrain(folder: Path) -> None:
    words = [word for word in jobs.SMALL if word != "--json"]
    assert jobs.run(folder / "home", *words, settings={"COLUMNS": "80"}) == 0, jobs.complaint(folder / "home")


@pytest.fixture(scope="session")
def place(make_once: MakeOnce) -> Path:
    """Where the home folder of each test stands, one test after the other."""
    return make_once("place", lambda _: None) / "home"


@pytest.fixture(scope="session")
def stopped(retrained: Path, place: Path, make_once: MakeOnce) -> Path:
    """A home folder with newer data, whose job was killed at random instants and at the boundary of every stage up to the decision."""

    def stop(folder: Path) -> None:
        _kill_in_every_stage(retrained, place)
        shutil.copytree(place, folder / "home")

    return make_once("stopped", stop) / "home"


def _kill_in_every_stage(retrained: Path, place: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same instants each time
    jobs.copy(retrained, place)
    jobs.newer_data(place)
    before, stages, made = jobs.serving(place), [stage.name for stage in STAGES], dict[str, float]()
    killed_inside = chance.sample(stages[:-4], INSTANTS)  # the last ones are over too soon
    for stage in stages:
        if stage in killed_inside:
            assert jobs.run(place, *jobs.SMALL, seconds=chance.uniform(0.8, 3)) == jobs.KILLED
        if not jobs.finished(place, stage):
            assert jobs.run(place, *jobs.SMALL, death=jobs.Death(after=stage)) == jobs.KILLED, jobs.complaint(place)
        assert jobs.serving(place) == before
        assert all(jobs.finished(place, name) == at for name, at in made.items()), "a finished stage was made again"
        made[stage] = jobs.finished(place, stage)
