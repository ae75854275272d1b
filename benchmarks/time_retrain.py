"""Time a retraining on the starter panel in a fresh home folder, and write its parts into benchmarks/BENCHMARKS.md.

Run: `.venv/bin/python benchmarks/time_retrain.py` on an idle machine.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from write_tables import fill

from data.calendar import now
from data.settings import REPOSITORY
from serving.run_note import commit


def main() -> None:
    """Run the job, read what it says of itself, and add the wall clock of the whole process."""
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        command = [sys.executable, "-c", "from serving.cli import main; main()", "retrain", "--json"]
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=os.environ | {"CHOKEPOINT_HOME": home},
            capture_output=True,
            text=True,
            check=True,
        )
        wall = time.perf_counter() - started
    said = json.loads(done.stdout)
    lines = [
        f"{now():%Y-%m-%d}, commit `{commit()}`, data `{said['data_vintage']}`, {os.cpu_count()} cores: `.venv/bin/python benchmarks/time_retrain.py`.",
        "",
        "| part | seconds |",
        "|---|---|",
        *(f"| {stage} | {seconds:.1f} |" for stage, seconds in said["seconds"].items()),
        f"| whole process | {wall:.1f} |",
        "",
        f"Peak memory {said['peak_memory_mb']:,.0f} MB.",
    ]
    fill(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "times", "\n".join(lines))


if __name__ == "__main__":
    main()
