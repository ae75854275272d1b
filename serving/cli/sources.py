"""`chokepoint sources` and `chokepoint snapshots`: the state of every source, and the publishers' files stored here."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from serving.cli.console import Json, bars, console

sources_app = typer.Typer(help="The sources: publisher, licence and state on this machine.")
snapshots_app = typer.Typer(no_args_is_help=True, help="Publishers' files as downloaded.")
_STATES = {
    "fresh": "green",
    "ok": "green",
    "late": "yellow",
    "quarantined": "yellow",
    "failing": "red",
    "failed": "red",
    "off": "dim",
}


@sources_app.callback(invoke_without_command=True)
def list_sources(context: typer.Context, as_json: Json = False) -> None:
    """List every source with its publisher, licence, state, newest month and last success here, and what is needed to use it."""
    if context.invoked_subcommand:
        return
    from training.monitoring.feed_status import feed_rows

    rows = feed_rows()
    if as_json:
        console.print_json(json.dumps(rows))
        return
    _print_sources(rows)


@sources_app.command("check")
def check_sources(
    source: Annotated[list[str] | None, typer.Option(help="Source to check; repeat for several. Default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Request every publisher's addresses and list which respond as expected; nothing is stored."""
    from data import source_status

    with bars(quiet=as_json) as progress:
        answers = source_status.check_addresses(source or [], progress)
    if as_json:
        console.print_json(json.dumps([vars(answer) for answer in answers]))
    else:
        table = Table("source", "state", "address", "expected", "got", title="Publishers' addresses")
        for answer in answers:
            table.add_row(answer.source, _coloured(answer.state), answer.address, answer.expected, answer.got)
        console.print(table)
    if any(answer.state == "failed" for answer in answers):
        raise SystemExit(1)


@snapshots_app.command("list")
def list_snapshots(
    source: Annotated[str, typer.Option(help="Source to show; default all.")] = "",
    as_json: Json = False,
) -> None:
    """List the snapshots of this home folder, their vintages, and which are in use."""
    from data.ingest.manifest import latest_states, read_manifest
    from data.ingest.vintages import in_use
    from data.settings import settings
    from data.sources.registry import sources

    if source and source not in sources():
        raise LookupError(f"unknown source {source!r}: choose from {', '.join(sources())}")
    home = settings().home
    used = {entry.sha256 for entry in in_use(home)}
    stored = [e for e in latest_states(read_manifest(home)).values() if source in ("", e.source)]
    if as_json:
        rows = [vars(entry) | {"in_use": entry.sha256 in used} for entry in stored]
        console.print_json(json.dumps(rows))
        return
    table = Table("snapshot", "source", "file", "vintage", "ingested", "rows", "MB", "state", title="Snapshots")
    for entry in stored:
        state = "in use" if entry.sha256 in used else "superseded" if entry.outcome == "new" else entry.outcome
        size = f"{entry.bytes / 1e6:,.1f}"
        moment = entry.retrieved_at[:16]
        table.add_row(entry.sha12, entry.source, entry.filename, entry.vintage, moment, f"{entry.rows:,}", size, state)
    console.print(table)


@snapshots_app.command("verify")
def verify_snapshots(as_json: Json = False) -> None:
    """Hash every stored file again; exit 1 where one is gone or changed."""
    from data.ingest import snapshots
    from data.ingest.manifest import latest_states, read_manifest
    from data.settings import settings

    home = settings().home
    faults = snapshots.verify(home)
    stored = sum(e.outcome != "pruned" for e in latest_states(read_manifest(home)).values())
    if as_json:
        console.print_json(json.dumps({"snapshots": stored, "faults": faults}))
    else:
        for fault in faults:
            console.print(fault, markup=False, soft_wrap=True)
        console.print(f"{stored - len(faults):,} of {stored:,} snapshots hold what was stored.")
    if faults:
        raise SystemExit(1)


@snapshots_app.command("prune")
def prune_snapshots(
    keep: Annotated[int, typer.Option(min=1, help="Vintages to keep of every file; those in use always stay.")] = 12,
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete; without it the command only lists what it would delete.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Delete superseded vintages, never the newest of a source nor one in use; the manifest keeps their entries."""
    from data import calendar
    from data.ingest import snapshots
    from data.settings import settings

    home = settings().home
    with snapshots.write_lock(home):
        old = snapshots.superseded(home, keep)
        if yes:
            snapshots.prune(home, old, calendar.now().isoformat(timespec="seconds"))
    freed = sum(entry.bytes for entry in old) / 1e6
    if as_json:
        rows = [{"sha256": e.sha256, "source": e.source, "filename": e.filename, "vintage": e.vintage} for e in old]
        console.print_json(json.dumps({"pruned": yes, "megabytes": round(freed, 1), "snapshots": rows}))
        return
    for entry in old:
        console.print(f"{entry.sha12}  {entry.source}  {entry.filename}  {entry.vintage}", markup=False)
    done = "deleted" if yes else "would be deleted; add --yes"
    console.print(f"{len(old):,} superseded snapshots of {freed:,.1f} MB {done}.")


def _print_sources(rows: list[dict[str, Any]]) -> None:
    """Print the state of every source in 80 columns, then the publisher, the licence and what is needed to use each."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("source", "state", "newest month", "panel to", "age / limit, months", "last success"):
        table.add_column(name, no_wrap=name in ("source", "state"))
    for row in rows:
        table.add_row(
            row["source"],
            _coloured(row["state"]),
            row["newest_month"] or "none",
            row["in_panel_to"] or "none",
            f"{row['age_months']} / {row['limit_months']}" if row["in_panel_to"] else "",
            row["last_success"][:10] or "never",
        )
    console.print(table)
    console.print()
    for row in rows:
        console.print(
            f"{row['source']}: {row['publisher']}; {row['licence']}; every {row['cadence_days']} days, out {row['lag_days']} days later."
            + (f" To use it: {row['needed']}" if row["needed"] else ""),
            markup=False,
            highlight=False,
        )


def _coloured(state: str) -> str:
    return f"[{_STATES[state]}]{state}[/]" if state in _STATES else state
