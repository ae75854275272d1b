"""The command line, put together from its nouns; each command imports heavy libraries when it runs, so that --help is fast."""

import typer

from serving.cli.alerts import alerts_app
from serving.cli.brief import brief
from serving.cli.case import case
from serving.cli.champion import compare, promote, rollback, track_record
from serving.cli.console import OneLineErrors
from serving.cli.episode_review import propose, review
from serving.cli.episodes import episodes_app
from serving.cli.ingest import ingest, starter_app
from serving.cli.retrain import backfill, retrain
from serving.cli.risks import risks
from serving.cli.scores import backtest, skill
from serving.cli.service import keys_app, mlflow_ui, serve
from serving.cli.sources import snapshots_app, sources_app
from serving.cli.studies import study_app, tune

app = typer.Typer(
    cls=OneLineErrors,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Early warning for capitals: how likely each is fought over, besieged, starved of supply or seized within 1 to 12 months.",
)
for name, group in {
    "starter": starter_app,
    "sources": sources_app,
    "snapshots": snapshots_app,
    "episodes": episodes_app,
    "keys": keys_app,
    "study": study_app,
    "alerts": alerts_app,
}.items():
    app.add_typer(group, name=name)
for command in (
    ingest, retrain, backfill, risks, case, brief, skill, backtest, tune,
    compare, promote, rollback, track_record, serve, mlflow_ui,
):  # fmt: skip
    app.command()(command)


episodes_app.command()(propose)
episodes_app.command()(review)


def main() -> None:
    """Run the command line."""
    app()
