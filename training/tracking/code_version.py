"""The commit of the code in force."""

import subprocess

from data.settings import REPOSITORY


def commit() -> str:
    """Return the commit of the code, or `unknown` outside a checkout."""
    process = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return process.stdout.strip() or "unknown"
