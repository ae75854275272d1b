"""One job at a time on a home folder: who holds it is written beside the lock, which the system drops when its process dies."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from data import calendar
from data.files.atomic import whole_file


class LockedError(OSError):
    """Another job is running on this home folder."""

    exit_code = 12


@contextmanager
def only_job(home: Path, command: str) -> Iterator[str]:
    """Hold the home folder for one job; give a sentence about a holder that died, empty where the last one ended well.

    Raises LockedError that names the holder where one is at work.
    """
    home.mkdir(parents=True, exist_ok=True)
    note = home / "job.json"
    try:
        with FileLock(home / "job.lock", timeout=0):
            stale = f"took over from {_spelled(note)}, which died" if note.exists() else ""
            holder = {"command": command, "pid": os.getpid(), "host": socket.gethostname()}
            holder |= {"since": calendar.now().isoformat(timespec="seconds")}
            whole_file(note, lambda draft: draft.write_text(json.dumps(holder)))
            try:
                yield stale
            finally:
                note.unlink(missing_ok=True)
    except Timeout:
        raise LockedError(f"{home} is in use by {_spelled(note)}; wait for it or stop it") from None


def _spelled(note: Path) -> str:
    try:
        held = json.loads(note.read_text())
    except (OSError, ValueError):
        return "another job"
    return f"`chokepoint {held['command']}` (process {held['pid']} on {held['host']}, since {held['since']})"
