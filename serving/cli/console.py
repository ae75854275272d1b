"""What commands share at the process edge: progress bars, clear failures, and the MLflow UI's process."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from data.settings import settings

errors = Console(stderr=True)
NARROW: dict[str, Any] = {"box": box.SIMPLE_HEAD, "padding": 0, "pad_edge": False, "caption_justify": "left"}
"""How tables are set that have to fit a terminal of 80 columns."""


@contextmanager
def bars(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Give a callback (stage, done, of) that draws one bar a stage on standard error."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, disable=quiet) as shown:
        tasks: dict[str, object] = {}

        def advance(stage: str, done: int, of: int) -> None:
            name = stage.split(" ", maxsplit=1)[0] if stage[-4:].isdigit() else stage
            if name not in tasks:
                tasks[name] = shown.add_task(name, total=of)
            shown.update(tasks[name], completed=done, total=of, description=stage)  # type: ignore[arg-type]

        yield advance


@contextmanager
def fail_clearly() -> Iterator[None]:
    """End the process with one line for errors a user can mend; anything else keeps its traceback.

    The code is 1, or that of the error where it has one of its own.
    """
    try:
        yield
    except (ValueError, LookupError, OSError) as error:
        if settings().traceback:
            raise
        errors.print(
            f"[bold red]error:[/] {type(error).__name__}: {error}",
            highlight=False,
            markup=True,
            soft_wrap=True,
        )
        sys.exit(getattr(error, "exit_code", 1))


def run_mlflow_ui(port: int) -> None:
    """Become the MLflow server on loopback: one worker, no job processes, which halves its start and takes a fifth of the memory."""
    database = settings().home / "mlflow.db"
    if not settings().mlflow_tracking_uri and not database.exists():
        raise FileNotFoundError(f"no MLflow database at {database}: run `make forecast` or `chokepoint retrain` first")
    from training.tracking import ui_views
    from training.tracking.connection import connection

    with connection() as experiment:
        errors.print(f"Retrainings: {ui_views.retrainings_url(port, experiment)}", soft_wrap=True, highlight=False)
    environment = os.environ | {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "1",
    }
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    os.execve(sys.executable, [*command, "--backend-store-uri", settings().tracking_uri], environment)  # noqa: S606
