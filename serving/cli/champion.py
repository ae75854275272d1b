"""Commands about the champion: who it is, by how much, and how its published forecasts turned out; heavy libraries are imported by the command that needs them."""

from pathlib import Path
from typing import Annotated

import typer

from serving.cli.options import Json

champion_app = typer.Typer()


@champion_app.command()
def promote(
    version: Annotated[str, typer.Argument(help="Number of the registered version.")], as_json: Json = False
) -> None:
    """Make a registered version champion by hand and publish it."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import champion_output

        champion_output.promote_version(version, as_json)


@champion_app.command()
def rollback(as_json: Json = False) -> None:
    """Make the version that was champion before the present one champion again, and publish it."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import champion_output

        champion_output.rollback(as_json)


@champion_app.command()
def compare(
    a: Annotated[str, typer.Argument(help="Number of a registered version.")],
    b: Annotated[str, typer.Argument(help="Number of the one to hold it against.")],
    as_json: Json = False,
) -> None:
    """Compare two registered versions on the origins and rows both have forecast out of fold."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import champion_output

        champion_output.compare(a, b, as_json)


@champion_app.command("track-record")
def track_record(
    figure: Annotated[Path | None, typer.Option(help="File to draw it into, such as record.png.")] = None,
    as_json: Json = False,
) -> None:
    """Score every published forecast as outcomes become known, and say where it differs from the backtest's promise by more than chance."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import track_record_output

        track_record_output.report(figure, as_json)


@champion_app.command()
def backfill(
    first: Annotated[str, typer.Option("--from", help="First month, 2025-11 or later.")] = "2025-11",
    last: Annotated[str, typer.Option("--to", help="Last month.")] = "2026-10",
    backtest_from: Annotated[str, typer.Option(help="First origin of the backtests.")] = "1999-01",
    as_json: Json = False,
) -> None:
    """Retrain, decide and publish each month as it would have been at the time, in a home folder where nothing newer is published."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import backfill_output

        backfill_output.run(first, last, backtest_from, as_json)
