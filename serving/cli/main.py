"""The command line; heavy libraries are imported by the command that needs them, so that --help answers at once."""

from pathlib import Path
from typing import Annotated

import typer

from serving.cli.alerts import alerts_app
from serving.cli.champion import champion_app
from serving.cli.data import episodes_app, snapshots_app, sources_app, starter_app
from serving.cli.keys import keys_app
from serving.cli.options import Json
from serving.cli.studies import study_app, tune

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Early warning for capitals: how likely each is fought over, besieged, starved of supply or seized within 1 to 12 months.",
)
app.add_typer(starter_app, name="starter")
app.add_typer(sources_app, name="sources")
app.add_typer(snapshots_app, name="snapshots")
app.add_typer(episodes_app, name="episodes")
app.add_typer(keys_app, name="keys")
app.add_typer(study_app, name="study")
app.command()(tune)
app.add_typer(alerts_app, name="alerts")
app.add_typer(champion_app)

Origin = Annotated[str, typer.Option(help="Origin month, such as 2025-08; default the newest.")]


@app.command()
def retrain(
    first: Annotated[str, typer.Option("--from", help="First origin of the backtest.")] = "1999-01",
    trained_from: Annotated[str, typer.Option(help="First origin a fit may learn from.")] = "1990-01",
    ingest_first: Annotated[
        bool | None,
        typer.Option("--ingest/--no-ingest", help="Fetch every open source first; default CHOKEPOINT_INGEST."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done and why; write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Do the main job: backtest, fit, track in MLflow, promote or keep, publish, print the risks.

    Exit codes: 0 promoted, 10 kept (or nothing new), 11 degraded (published all the same), 1 failed, 12 another job is running.
    """
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import retrain_output

        retrain_output.run((first, trained_from), ingest_first, dry_run=dry_run, as_json=as_json)


@app.command()
def risks(
    origin: Origin = "",
    country: Annotated[str, typer.Option(help="ISO3 codes, comma separated: show every target's risk and rank.")] = "",
    top: Annotated[int, typer.Option(min=1, help="How many capitals to list.")] = 20,
    as_json: Json = False,
) -> None:
    """Print the capitals at highest risk, or one capital's risk and rank for every target."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import risks_output

        risks_output.risks(origin, country, top, as_json)


@app.command()
def ingest(
    folder: Annotated[
        Path | None, typer.Option("--from", help="Folder of publishers' files; without it they are fetched.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Source to fetch; repeat for several. Default: all that are on.")
    ] = None,
    since: Annotated[
        str, typer.Option(help="First month of what comes by day, such as 2025-01; default the month before this one.")
    ] = "",
    accept: Annotated[
        list[str] | None,
        typer.Option(help="Use a snapshot that was held back (first 12 digits of its sha256)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch every open source, or read a folder, into snapshots; check them, and compile your own panel from them."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import ingest_output

        ingest_output.ingest(folder, source or [], since, frozenset(accept or ()), as_json)


@app.command()
def backtest(
    first: Annotated[str, typer.Option("--from", help="First origin.")] = "1999-01",
    last: Annotated[str, typer.Option("--to", help="Last origin; default the newest.")] = "",
    model: Annotated[list[str] | None, typer.Option(help="Method to run; repeat for several. Default: all.")] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="Target whose rows and scores are written; repeat for several. Default: all."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for forecasts.parquet and skill.parquet; default inside the home folder."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Forecast every past origin knowing only what was known then; write the rows and the score tables."""
    from serving.cli.console import bars, fail_clearly

    with fail_clearly():
        from serving.cli import scores_output
        from training.studies.run_backtest import run

        with bars(quiet=as_json) as progress:
            written = run(first, last, model or [], target or [], out, progress)
        scores_output.backtested(written, as_json)


@app.command()
def skill(
    target: Annotated[str, typer.Option(help="Target to show.")] = "disruption",
    window: Annotated[str, typer.Option(help="Origins: all, since_2015 or since_2020.")] = "all",
    as_json: Json = False,
) -> None:
    """Print the published scores of every method, on both versions of the catalogue, and their differences with intervals."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import scores_output

        scores_output.skill(target, window, as_json)


@app.command()
def case(
    country: Annotated[str, typer.Argument(help="ISO3 code of the state, such as MLI.")],
    first: Annotated[str, typer.Option("--from", help="First origin; default the backtest's first.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last origin; default the backtest's last.")] = "",
    target: Annotated[list[str] | None, typer.Option(help="Target to draw; repeat for several. Default: all.")] = None,
    horizon: Annotated[
        list[int] | None,
        typer.Option(min=1, max=12, help="Months ahead; repeat for several. Default: 3 and 12."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="PNG to write; default inside the home folder.")] = None,
    as_json: Json = False,
) -> None:
    """Draw a capital's past forecasts against what happened, with its rank and the inputs that moved."""
    from serving.cli.console import bars, fail_clearly

    with fail_clearly():
        from serving.cli import case_output
        from training.studies.run_case import run

        with bars(quiet=as_json) as progress:
            made, path = run(country, (first, last), target or [], horizon or [], out, progress)
        case_output.show(made, path, as_json)


@app.command()
def brief(
    origin: Origin = "",
    country: Annotated[
        str, typer.Option(help="ISO3 code of a state: a briefing of its capital, else of the world.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default inside the home folder.")] = None,
    as_json: Json = False,
) -> None:
    """Write a briefing of two pages, of the world or of one capital, as PDF and HTML."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import brief as command

        command.write(origin, country, out, as_json)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to bind to; default CHOKEPOINT_HOST.")] = "",
    port: Annotated[int, typer.Option(help="Port; default CHOKEPOINT_PORT.")] = 0,
    insecure: Annotated[bool, typer.Option("--insecure", help="Answer anybody without a key, on any address.")] = False,
) -> None:
    """Start the HTTP API and the pages on the published champion; other machines are answered only with a key."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.service import run

        run(host or None, port or None, insecure=insecure)


@app.command("mlflow-ui")
def mlflow_ui(port: Annotated[int, typer.Option(help="Port; default CHOKEPOINT_MLFLOW_PORT.")] = 0) -> None:
    """Open the MLflow UI on the runs and registered models of this home folder."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from data.settings import settings
        from serving.cli.console import run_mlflow_ui

        run_mlflow_ui(port or settings().mlflow_port)


def main() -> None:
    """Run the command line."""
    app()
