"""The lock of a home folder: one job at a time; the system releases it when the job's process dies."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from data import calendar
from data.files.atomic import atomic_write


class LockedError(OSError):
    """Another job is running on this home folder."""

    exit_code = 12


@contextmanager
def job_lock(home: Path, command: str) -> Iterator[str]:
    """Hold the lock of a home folder for one job.

    Args:
        home: Folder to lock; made where it is missing.
        command: Command of the job, which a job that finds the lock taken names.

    Yields:
        A sentence about the last holder where it died, else the empty string.

    Raises:
        LockedError: Another job holds the lock; the message names it.
    """
    home.mkdir(parents=True, exist_ok=True)
    note = home / "job.json"
    try:
        with FileLock(home / "job.lock", timeout=0):
            stale = f"took over from {_holder(note)}, which died" if note.exists() else ""
            holder = {"command": command, "pid": os.getpid(), "host": socket.gethostname()}
            holder |= {"since": calendar.now().isoformat(timespec="seconds")}
            atomic_write(note, lambda draft: draft.write_text(json.dumps(holder)))
            try:
                yield stale
            finally:
                note.unlink(missing_ok=True)
    except Timeout:
        raise LockedError(f"{home} is in use by {_holder(note)}; wait for it or stop it") from None


def _holder(note: Path) -> str:
    try:
        holder = json.loads(note.read_text())
    except (OSError, ValueError):
        return "another job"
    return f"`chokepoint {holder['command']}` (process {holder['pid']} on {holder['host']}, since {holder['since']})"
