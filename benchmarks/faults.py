"""Kill a small retraining at twenty random instants, and at changes of a file while it publishes; write what became of it.

After each kill the served issue must be whole and either the last good one or the new one; each job must end when it is run
again, and leave nothing twice, half or out of step (`tests/jobs.py` says what that means). The first failure ends the program.
Run: `.venv/bin/python -m benchmarks.faults`; about ten minutes on an idle machine. `--every 6` kills at every sixth change.
"""

import argparse
import random
import shutil
import tempfile
import time
from pathlib import Path

from benchmarks.markdown import fill_section
from data.calendar import now
from data.settings import REPOSITORY
from tests import jobs
from tests.jobs import Death
from training.job.outcome import Exit
from training.publication.publication import read_publication
from training.tracking.code_version import commit

SEED = 20261125
KILLS = 20
LONGEST = 10.0
"""Seconds after a start within which a job is killed."""


def main() -> None:
    """Do both series and fill the section of benchmarks/BENCHMARKS.md."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--every", type=int, default=1)
    every = options.parse_args().every
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        started = time.monotonic()
        assert jobs.run(home, *jobs.SMALL) == Exit.PROMOTED, jobs.complaint(home)
        lasted = time.monotonic() - started
        ended, at = random_instants(home)
        stopped = stopped_before_publishing(home, ended)
        killed, changes = at_changes(home, stopped, ended + 2, every)
    lines = [
        f"{now():%Y-%m-%d}, commit `{commit()}`, a job of {lasted:.0f} s on the fewest origins: `.venv/bin/python -m benchmarks.faults`.",
        "",
        "| killed with SIGKILL | times | ended by a later run | served in between | lost, doubled or out of step |",
        "|---|---|---|---|---|",
        f"| at random instants, {min(at):.1f} to {max(at):.1f} s after a start | {KILLS} | {ended} of {ended} jobs | the last good issue | nothing |",
        f"| before changes of a file while it publishes, {killed} of some {changes} | {killed} | {killed} of {killed} jobs | the last good or the new issue | nothing |",
    ]
    fill_section(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "faults", "\n".join(lines))


def random_instants(home: Path) -> tuple[int, list[float]]:
    """Start jobs on newer data and kill them until there were enough kills; return how many jobs ended, and the instants."""
    chance = random.Random(SEED)  # noqa: S311 - the same instants each time
    instants, ended = list[float](), 0
    while len(instants) < KILLS:
        jobs.newer_data(home, f"2026-11.newer-{ended}")
        before, code = read_publication(home / "published").folder.name, jobs.KILLED
        while code == jobs.KILLED:
            seconds = chance.uniform(0.3, LONGEST) if len(instants) < KILLS else None
            code = jobs.run(home, *jobs.SMALL, seconds=seconds)
            if code == jobs.KILLED and seconds:
                instants.append(seconds)
                served = jobs.serving(home)
                assert served == before or served.startswith(f"2026-10-v{ended + 2}-"), served
                print(f"kill {len(instants)} after {seconds:.1f} s: {served} is served", flush=True)
        assert code in {Exit.PROMOTED, Exit.KEPT}, jobs.complaint(home)
        ended += 1
        jobs.require_whole(home, versions=ended + 1)
    return ended, instants


def stopped_before_publishing(home: Path, ended: int) -> Path:
    """Run a job up to its decision and return a copy of the home folder."""
    jobs.newer_data(home, f"2026-11.newer-{ended}")
    assert jobs.run(home, *jobs.SMALL, death=Death(after="compare")) == jobs.KILLED
    return shutil.copytree(home, home.with_name("stopped"))


def at_changes(home: Path, stopped: Path, versions: int, every: int) -> tuple[int, int]:
    """Kill the publishing job before its first change of a file, a later one, and so on until it ends; return kills and changes."""
    killed, change, before = 0, 1, jobs.serving(stopped)
    while True:
        shutil.rmtree(home)
        shutil.copytree(stopped, home)
        if jobs.run(home, *jobs.SMALL, death=Death(change)) != jobs.KILLED:
            return killed, change - 1
        served = jobs.serving(home)
        assert served == before or served.startswith(f"2026-10-v{versions}-"), served
        assert jobs.run(home, *jobs.SMALL) in {Exit.PROMOTED, Exit.KEPT}, jobs.complaint(home)
        assert jobs.serving(home).startswith(f"2026-10-v{versions}-")
        jobs.require_whole(home, versions=versions)
        print(f"killed before change {change}: {served} was served", flush=True)
        killed, change = killed + 1, change + every


if __name__ == "__main__":
    main()
