"""Sources and snapshots as commands: how they stand, whether they answer, what is kept of them."""

import json
from collections.abc import Callable
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from data import calendar, source_status
from data.ingest import snapshots
from data.settings import settings
from data.source_status import Answer
from data.sources.registry import sources
from training.monitoring.feed_status import feed_rows

console = Console()
_STATES = {
    "fresh": "green",
    "ok": "green",
    "late": "yellow",
    "held": "yellow",
    "failing": "red",
    "failed": "red",
    "off": "dim",
}


def list_sources(as_json: bool) -> None:
    """List every source with its licence, state, newest month and last success here."""
    rows = feed_rows()
    if as_json:
        console.print_json(json.dumps(rows))
        return
    _print_sources(rows)


def _print_sources(rows: list[dict[str, Any]]) -> None:
    """Print the state of every source in 80 columns, then whose each is and what is missing to use it."""
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


def check(names: list[str], progress: Callable[[str, int, int], None]) -> list[Answer]:
    """Ask the addresses."""
    return source_status.check_addresses(names, progress)


def print_check(answers: list[Answer], as_json: bool) -> None:
    """Print which addresses answer as expected; exit 1 where one does not."""
    if as_json:
        console.print_json(json.dumps([vars(answer) for answer in answers]))
    else:
        table = Table("source", "state", "address", "expected", "got", title="Publishers' addresses")
        for answer in answers:
            table.add_row(answer.source, _coloured(answer.state), answer.address, answer.expected, answer.got)
        console.print(table)
    if any(answer.state == "failed" for answer in answers):
        raise SystemExit(1)


def list_snapshots(source: str, as_json: bool) -> None:
    """List what is stored, oldest first."""
    if source and source not in sources():
        raise LookupError(f"unknown source {source!r}: choose from {', '.join(sources())}")
    home = settings().home
    used = {entry.sha256 for entry in snapshots.in_use(home)}
    stored = [e for e in snapshots.state(snapshots.read_manifest(home)).values() if source in ("", e.source)]
    if as_json:
        rows = [vars(entry) | {"in_use": entry.sha256 in used} for entry in stored]
        console.print_json(json.dumps(rows))
        return
    table = Table("snapshot", "source", "file", "vintage", "taken in", "rows", "MB", "state", title="Snapshots")
    for entry in stored:
        state = "in use" if entry.sha256 in used else "superseded" if entry.outcome == "new" else entry.outcome
        size = f"{entry.bytes / 1e6:,.1f}"
        moment = entry.retrieved_at[:16]
        table.add_row(entry.sha12, entry.source, entry.filename, entry.vintage, moment, f"{entry.rows:,}", size, state)
    console.print(table)


def verify(as_json: bool) -> None:
    """Hash every stored file; exit 1 where one is gone or changed."""
    home = settings().home
    faults = snapshots.verify(home)
    stored = sum(e.outcome != "pruned" for e in snapshots.state(snapshots.read_manifest(home)).values())
    if as_json:
        console.print_json(json.dumps({"snapshots": stored, "faults": faults}))
    else:
        for fault in faults:
            console.print(fault, markup=False, soft_wrap=True)
        console.print(f"{stored - len(faults):,} of {stored:,} snapshots hold what was stored.")
    if faults:
        raise SystemExit(1)


def prune(keep: int, yes: bool, as_json: bool) -> None:
    """Delete superseded vintages, or say which would go."""
    home = settings().home
    with snapshots.only_writer(home):
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


def _coloured(state: str) -> str:
    return f"[{_STATES[state]}]{state}[/]" if state in _STATES else state
