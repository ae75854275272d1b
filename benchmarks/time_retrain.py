"""Time a retraining on the starter panel in a fresh home folder, and one with nothing new after it, and write its parts into benchmarks/BENCHMARKS.md.

Run: `.venv/bin/python benchmarks/time_retrain.py` on an idle machine.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks.markdown import fill_section
from data.calendar import now
from data.settings import REPOSITORY
from training.tracking.code_version import commit

LOGGING = ("record", "champion", "promotion")
"""Stages that wait for MLflow."""


def main() -> None:
    """Run the job in a fresh home folder and once more with nothing new, and write what they say of themselves."""
    with tempfile.TemporaryDirectory() as home:
        said, wall = run(home, 0)
        again, idle = run(home, 10)
    logging = sum(said["seconds"][stage] for stage in LOGGING)
    lines = [
        f"{now():%Y-%m-%d}, commit `{commit()}`, data `{said['data_vintage']}`, {os.cpu_count()} cores: `.venv/bin/python benchmarks/time_retrain.py`.",
        "",
        "| part | seconds |",
        "|---|---|",
        *(f"| {stage} | {seconds:.1f} |" for stage, seconds in said["seconds"].items()),
        f"| whole process | {wall:.1f} |",
        f"| of it MLflow | {logging:.1f} ({logging / wall:.1%}) |",
        f"| once more, with nothing new | {idle:.1f} |",
        "",
        f"Peak memory {said['peak_memory_mb']:,.0f} MB; with nothing new {again['peak_memory_mb']:,.0f} MB.",
    ]
    fill_section(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "times", "\n".join(lines))


def run(home: str, code: int) -> tuple[dict[str, Any], float]:
    """Run the job; return what it says of itself and the seconds of the whole process."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", "from serving.cli.main import main; main()", "retrain", "--json"],
        cwd=REPOSITORY,
        env=os.environ | {"CHOKEPOINT_HOME": home},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != code:
        raise RuntimeError(f"the job ended with {done.returncode}, expected {code}: {done.stderr[-2000:]}")
    return json.loads(done.stdout), time.perf_counter() - started


if __name__ == "__main__":
    main()
