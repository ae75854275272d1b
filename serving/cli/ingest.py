"""`chokepoint ingest` and `chokepoint starter build`: publishers' files into snapshots and panels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from serving.cli.console import Json, bars, console, errors

if TYPE_CHECKING:
    import pandas as pd

    from data.ingest.file_result import FileResult

starter_app = typer.Typer(no_args_is_help=True, help="The panel that comes with the repository.")
_SHOWN_FILES = 40


def ingest(
    folder: Annotated[
        Path | None, typer.Option("--from", help="Folder of publishers' files; without it they are fetched.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Source to fetch; repeat for several. Default: all that are on.")
    ] = None,
    since: Annotated[
        str, typer.Option(help="First month of daily sources, such as 2025-01; default the month before this one.")
    ] = "",
    accept: Annotated[
        list[str] | None,
        typer.Option(help="Use a quarantined snapshot (first 12 digits of its sha256)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch every open source, or read a folder, into snapshots; check them, and compile your own panel from them."""
    import pandas as pd

    from data.compile import build
    from data.compile.refresh import needs_compiling
    from data.ingest import snapshots
    from data.settings import settings

    if folder and (source or since):
        raise ValueError("--source and --since are for fetching; leave them out with --from")
    with snapshots.write_lock(settings().home):
        results = _results(folder, source or [], since, frozenset(accept or ()), as_json)
        known = [r for r in results if r.outcome != "unrecognised"]
        if not known:
            raise ValueError(
                f"{folder}: no source reads any of its {len(results)} files; `chokepoint sources` lists what is read"
            )
        manifest: dict[str, object] = {}
        agreement = pd.DataFrame()
        if needs_compiling(known, fetched=folder is None):
            with errors.status("compiling the panel") as status:
                manifest, agreement = build.build_own(lambda line: status.update(f"compiling: {line}"))
    if as_json:
        content = {
            "files": [vars(r) for r in results],
            "vintage": manifest.get("vintage"),
            "agreement": agreement.to_dict("records"),
        }
        console.print_json(json.dumps(content, default=str))
    else:
        _print_files(known, len(results) - len(known))
        _print_agreement(agreement)
        if manifest:
            console.print(
                f"Panel [bold]{manifest['vintage']}[/] compiled in {settings().panel}; `chokepoint retrain` uses it."
            )
        elif folder is None:
            _print_nothing_new(known)
    if any(r.outcome in {"failed", "quarantined"} for r in known):
        raise SystemExit(1)


@starter_app.command("build")
def build_starter(as_json: Json = False) -> None:
    """Compile data/starter from the ingested sources whose licences allow redistribution; check it against UCDP's country-years."""
    from data.compile import build
    from data.panel.folder import STARTER

    with errors.status("building the starter panel") as status:
        manifest, agreement = build.build_starter(lambda line: status.update(f"starter: {line}"))
    if as_json:
        console.print_json(json.dumps({"manifest": manifest, "agreement": agreement.to_dict("records")}, default=str))
        return
    _print_agreement(agreement)
    console.print(f"Starter panel [bold]{manifest['vintage']}[/] written to {STARTER}.")


def _results(
    folder: Path | None, names: list[str], since: str, accept: frozenset[str], as_json: bool
) -> list[FileResult]:
    from data.calendar import parse_month
    from data.ingest.fetch import fetch_sources
    from data.ingest.ingest import accept_quarantined, ingest_folder

    if folder:
        with errors.status("reading files") as status:
            return ingest_folder(folder, accept=accept, progress=status.update)
    if accept and not names:
        return accept_quarantined(accept)
    with bars(quiet=as_json) as progress:
        return fetch_sources(names, since=parse_month(since) if since else None, accept=accept, progress=progress)


def _print_files(results: list[FileResult], others: int) -> None:
    table = Table("source", "file", "outcome", "read", "kept", "dropped and why", "period", title="Ingested files")
    shown = [r for r in results if r.outcome not in {"cached", "off"}]
    for r in shown[:_SHOWN_FILES]:
        dropped = "; ".join(f"{count:,} {reason} ({r.examples.get(reason, '')})" for reason, count in r.dropped.items())
        table.add_row(
            r.source,
            r.file,
            r.outcome,
            f"{r.read:,}",
            f"{r.kept:,}",
            dropped or "none",
            f"{r.first_month}..{r.newest_month}",
        )
    if shown:
        console.print(table)
    if len(shown) > _SHOWN_FILES:
        console.print(f"and {len(shown) - _SHOWN_FILES:,} more files; --json shows every one.")
    for r in results:
        if r.message:
            named = not r.file or r.message.startswith((f"{r.file}: ", f"{r.source}: "))
            console.print(r.message if named else f"{r.file}: {r.message}", markup=False, soft_wrap=True)
    _print_outcomes(results)
    if others:
        console.print(f"{others} other files were not recognised by any source.")


def _print_outcomes(results: list[FileResult]) -> None:
    """Print the number of files by source and outcome."""
    outcomes = ("new", "unchanged", "cached", "quarantined", "failed", "off")
    table = Table("source", *outcomes, title="Files by source and outcome")
    for source in dict.fromkeys(r.source for r in results):
        counts = [sum(r.source == source and r.outcome == outcome for r in results) for outcome in outcomes]
        style = "red" if counts[4] else "yellow" if counts[3] else "dim" if counts[5] else ""
        table.add_row(source, *(f"{count:,}" if count else "" for count in counts), style=style)
    console.print(table)


def _print_nothing_new(results: list[FileResult]) -> None:
    failed = sorted({r.source for r in results if r.outcome == "failed"})
    if failed:
        console.print(f"Failed: {', '.join(failed)}. Nothing else is new; the panel is unchanged.")
    elif any(r.outcome == "new" for r in results):
        console.print(
            "The new files are stored; no table of the panel is compiled from them, so the panel is unchanged."
        )
    else:
        console.print("Nothing is new; the panel is unchanged.")


def _print_agreement(agreement: pd.DataFrame) -> None:
    if agreement.empty:
        return
    table = Table(
        "table",
        "years",
        "country-years",
        "deaths",
        "UCDP's deaths",
        "ratio",
        "equal",
        "within 10 %",
        title="Check total against UCDP's country-years",
    )
    for r in agreement.itertuples():
        table.add_row(
            r.table,
            r.years,
            f"{r.country_years:,}",
            f"{r.deaths:,.0f}",
            f"{r.ucdp_deaths:,.0f}",
            f"{r.ratio:.3f}",
            f"{r.equal:.1%}",
            f"{r.within_10pct:.1%}",
        )
    console.print(table)
