"""`chokepoint alerts`: what was raised, what is still to be delivered, and what the rules would say."""

from typing import Annotated

import typer

from serving.cli.options import Json

alerts_app = typer.Typer(no_args_is_help=True, help="Alerts: raised by rule, delivered as signed webhooks and feeds.")


@alerts_app.command("list")
def alerts_list(
    country: Annotated[str, typer.Option(help="ISO3 codes, comma separated; default all.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest to list.")] = 50,
    as_json: Json = False,
) -> None:
    """List the alerts raised so far, newest first, with the deliveries still to be made."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import alerts_output

        alerts_output.listing(country, limit, as_json)


@alerts_app.command("evaluate")
def alerts_evaluate(as_json: Json = False) -> None:
    """Evaluate the rules on the current publication, raise what is news, and deliver; doing it again changes nothing."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import alerts_output

        alerts_output.evaluate(as_json)


@alerts_app.command("deliver")
def alerts_deliver(as_json: Json = False) -> None:
    """Make the deliveries that are still to be made; exit 1 where one failed."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import alerts_output

        alerts_output.deliver(as_json)


@alerts_app.command("test")
def alerts_test(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing: say what the rules would raise.")] = False,
    origin: Annotated[
        str, typer.Option(help="With --dry-run: origin month, such as 2025-08; default the newest.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Send a signed sample to every receiver and say what came back; exit 1 where one failed."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import alerts_output

        if dry_run:
            alerts_output.would_raise(origin, as_json)
        else:
            alerts_output.test(as_json)


@alerts_app.command("replay")
def alerts_replay(
    first: Annotated[str, typer.Option("--from", help="First origin; default the backtest's first.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last origin; default the backtest's last.")] = "",
    as_json: Json = False,
) -> None:
    """Evaluate the rules over the backtest: alerts a month, share followed by an episode within the horizon, median lead."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import alerts_output

        alerts_output.replayed(first, last, as_json)
