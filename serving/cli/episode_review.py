"""`chokepoint episodes propose` and `review`: the monthly review of the catalogue, in the terminal and as files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from serving.cli.console import NARROW, Json, console

if TYPE_CHECKING:
    from data.curation.propose import Proposal

Catalogue = Annotated[
    Path | None,
    typer.Option(help="Folder of episodes.csv and episodes_known_to.json; by default the repository's data/reference."),
]
_ASKED = {"y": "yes", "n": "no", "e": "edit", "c": "confirm", "d": "end", "s": ""}
EDITED = ("capital", "start", "end", "kind", "confidence", "reason", "last_confirmed", "evidence")
"""Columns asked for in an edit."""
SHOWN = ("confidence", "reason", "evidence", "panel_rows", "overlaps")


def propose(
    first: Annotated[
        str, typer.Option("--from", help="First month, YYYY-MM; by default the one after the known-to month.")
    ] = "",
    last: Annotated[str, typer.Option("--to", help="Last month, YYYY-MM; by default the newest origin.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the candidates to this CSV, `decision` empty.")] = None,
    catalogue: Catalogue = None,
    as_json: Json = False,
) -> None:
    """List candidate episodes of the months under review with their evidence, and open episodes that ask to be confirmed."""
    from data.calendar import parse_month
    from data.curation.propose import propose as candidates
    from data.curation.review import write_decisions
    from data.panel import panel as panels
    from data.panel.folder import panel_folder

    proposal = candidates(
        panels.load(),
        panel_folder(),
        parse_month(first) if first else None,
        parse_month(last) if last else None,
        _folder(catalogue),
    )
    if out is not None:
        write_decisions(out, proposal.candidates.to_dict("records"))
    if as_json:
        content = {
            "from": f"{proposal.first:%Y-%m}",
            "to": f"{proposal.last:%Y-%m}",
            "capitals": proposal.capitals,
            "candidates": proposal.candidates.to_dict("records"),
            "reach": proposal.reach.to_dict("records"),
            "kinds_in_no_feed": list(proposal.unseen),
        }
        console.print_json(json.dumps(content))
        return
    _print(proposal)
    if out is not None:
        console.print(
            f"\nWrote {len(proposal.candidates)} rows to {out}. Fill in `decision`, then "
            f"`chokepoint episodes review --from-csv {out} --known-to {proposal.last:%Y-%m}`.",
            soft_wrap=True,
        )


def review(
    from_csv: Annotated[
        Path, typer.Option(help="Candidates with their decisions, from `chokepoint episodes propose`.")
    ],
    known_to: Annotated[str, typer.Option(help="Month up to which the catalogue is complete from now on, YYYY-MM.")],
    note: Annotated[str, typer.Option(help="Sources read, for episodes_known_to.json.")] = "",
    ask: Annotated[
        bool | None,
        typer.Option("--ask/--no-ask", help="Prompt for each undecided row; by default where the input is a terminal."),
    ] = None,
    catalogue: Catalogue = None,
    as_json: Json = False,
) -> None:
    """Apply decisions to the catalogue and move its known-to month; both files change, or neither.

    New candidates take `yes`, `no` or `edit` (with the edited columns), open episodes `confirm` or `end` (with `end`).
    """
    from data.calendar import parse_month
    from data.curation.review import read_decisions
    from data.curation.review import review as apply

    rows, month = read_decisions(from_csv), parse_month(known_to)
    if sys.stdin.isatty() if ask is None else ask:
        _ask(rows, from_csv)
        undecided = sum(not row["decision"] for row in rows)
        if undecided:
            console.print(
                f"{undecided} undecided: the decisions so far are in {from_csv}, the catalogue was not changed."
            )
            sys.exit(1)
    result = apply(rows, month, _folder(catalogue), note)
    if as_json:
        console.print_json(json.dumps({"known_to": result.known_to, **result.changes}))
        return
    for change, names in result.changes.items():
        for name in names:
            console.print(f"{change:>10}  {name}", highlight=False)
    console.print(
        f"{result.summary()}. Look at the changes with `git diff`, then `chokepoint retrain`.", soft_wrap=True
    )


def _folder(catalogue: Path | None) -> Path:
    from data.reference_tables import FOLDER

    return FOLDER if catalogue is None else catalogue


def _ask(rows: list[dict[str, str]], path: Path) -> None:
    """Prompt for each undecided row; every decision is in the file before the next is asked for."""
    from data.curation.propose import OPEN
    from data.curation.review import write_decisions

    undecided = [row for row in rows if not row["decision"]]
    for number, row in enumerate(undecided, 1):
        console.print(f"\n[bold]{number} of {len(undecided)}: {row['candidate']}, {row['capital']}[/]", highlight=False)
        _print_fields(row)
        is_open = row["status"] == OPEN
        options = "c/d/s" if is_open else "y/n/e/s"
        words = "(c)onfirm, en(d), (s)kip" if is_open else "(y)es, (n)o, (e)dit, (s)kip"
        answer = ""
        while answer not in options.split("/"):
            answer = typer.prompt(words).strip().lower()[:1]
        row["decision"] = _ASKED[answer]
        if answer in "ed":
            for column in ("end", "evidence") if is_open else EDITED:
                row[column] = typer.prompt(column, default=row[column], show_default=True).strip()
        elif answer == "c":
            row["evidence"] = typer.prompt("evidence", default=row["evidence"]).strip()
        write_decisions(path, rows)


def _print(proposal: Proposal) -> None:
    console.print(f"[bold]Candidates, {proposal.first:%Y-%m} to {proposal.last:%Y-%m}: {len(proposal.candidates)}[/]")
    for row in proposal.candidates.to_dict("records"):
        confirm = f", asks to be confirmed (last {row['last_confirmed']})" if row["status"] == "open" else ""
        console.print(f"\n[bold]{row['candidate']}[/], {row['capital']}{confirm}", highlight=False)
        _print_fields(row)
    table = Table("signal", "newest month", title="\nCapitals for which nothing could be proposed", **NARROW)
    for name in ("in some month", "in any month"):
        table.add_column(name, justify="right")
    for row in proposal.reach.to_dict("records"):
        counts = (row["capitals_without_some_month"], row["capitals_without_any_month"])
        signal = f"{row['signal']} ({row['kinds']})"
        table.add_row(signal, row["newest_month"] or "none", *(f"{count} of {proposal.capitals}" for count in counts))
    console.print(table)
    console.print(
        f"In no feed, so never proposed: {', '.join(proposal.unseen)}. Read the press for them.", soft_wrap=True
    )


def _print_fields(row: dict[str, str]) -> None:
    for label in SHOWN:
        if row[label]:
            console.print(f"  {label.replace('_', ' ')}: {row[label]}", soft_wrap=True, highlight=False, markup=False)
