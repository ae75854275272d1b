"""Commands about what is read: the sources, the snapshots kept of them, the starter panel and the catalogue of episodes."""

from typing import Annotated

import typer

from serving.cli.options import Json

starter_app = typer.Typer(no_args_is_help=True, help="The panel that comes with the repository.")
sources_app = typer.Typer(help="What is read, whose it is, and how it stands here.")
snapshots_app = typer.Typer(no_args_is_help=True, help="Publishers' files as they came.")
episodes_app = typer.Typer(no_args_is_help=True, help="The catalogue of episodes.")


@sources_app.callback(invoke_without_command=True)
def sources(context: typer.Context, as_json: Json = False) -> None:
    """List every source: whose it is, its licence, its state, newest month and last success here, and what is missing."""
    from serving.cli.console import fail_clearly

    if context.invoked_subcommand:
        return
    with fail_clearly():
        from serving.cli import sources_output

        sources_output.list_sources(as_json)


@sources_app.command("check")
def sources_check(
    source: Annotated[list[str] | None, typer.Option(help="Source to ask; repeat for several. Default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Ask every publisher's addresses and say in one table which answer as expected; nothing is kept."""
    from serving.cli.console import bars, fail_clearly

    with fail_clearly():
        from serving.cli import sources_output

        with bars(quiet=as_json) as progress:
            answers = sources_output.check(source or [], progress)
        sources_output.print_check(answers, as_json)


@snapshots_app.command("list")
def snapshots_list(
    source: Annotated[str, typer.Option(help="Source to show; default all.")] = "",
    as_json: Json = False,
) -> None:
    """List the snapshots of this home: what they are, how new, and which are in use."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import sources_output

        sources_output.list_snapshots(source, as_json)


@snapshots_app.command("verify")
def snapshots_verify(as_json: Json = False) -> None:
    """Hash every stored file again; exit 1 where one is gone or changed."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import sources_output

        sources_output.verify(as_json)


@snapshots_app.command("prune")
def snapshots_prune(
    keep: Annotated[int, typer.Option(min=1, help="Vintages to keep of every file; those in use always stay.")] = 12,
    yes: Annotated[bool, typer.Option("--yes", help="Delete; without it the command only says what it would.")] = False,
    as_json: Json = False,
) -> None:
    """Delete superseded vintages, never the newest of a source nor one in use; the ledger keeps their lines."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import sources_output

        sources_output.prune(keep, yes, as_json)


@starter_app.command("build")
def starter_build(as_json: Json = False) -> None:
    """Compile data/starter from the ingested sources that may be passed on; check it against UCDP's country-years."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import ingest_output

        ingest_output.build_starter(as_json)


@episodes_app.command("check")
def episodes_check(
    cut: Annotated[
        str, typer.Option(help="Month after which the catalogue is cut off and extended by rule.")
    ] = "2015-12",
    write: Annotated[bool, typer.Option("--write", help="Put the tables into data/reference/README.md.")] = False,
    as_json: Json = False,
) -> None:
    """Hold the catalogue against the three rules, by kind and decade, and the rules against what the catalogue knew later."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from serving.cli import episodes_output

        episodes_output.check(cut, as_json=as_json, write=write)
