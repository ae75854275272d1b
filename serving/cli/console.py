"""The terminal of every command: shared options, progress bars, and one-line errors."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
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
from typer.core import TyperGroup

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Origin = Annotated[str, typer.Option(help="Origin month, such as 2025-08; default the newest.")]

console = Console()
errors = Console(stderr=True)
NARROW: dict[str, Any] = {"box": box.SIMPLE_HEAD, "padding": 0, "pad_edge": False, "caption_justify": "left"}
"""Style of tables that have to fit a terminal of 80 columns."""


class OneLineErrors(TyperGroup):
    """A group of commands that ends the process with one line and code 1 for errors a user can correct.

    The code is that of the error where it has one of its own. Any other exception keeps its traceback.
    """

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (ValueError, LookupError, OSError) as error:
            from data.settings import settings

            if settings().traceback:
                raise
            errors.print(
                f"[bold red]error:[/] {type(error).__name__}: {error}",
                highlight=False,
                markup=True,
                soft_wrap=True,
            )
            sys.exit(getattr(error, "exit_code", 1))


@contextmanager
def bars(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a callback (stage, done, of) that draws one bar a stage on standard error."""
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
