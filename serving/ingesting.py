"""Ingest, sources and the starter panel as commands."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from data import snapshots, starter
from data.ingest import FileResult, ingest_folder
from data.panel import STARTER
from data.settings import settings
from data.sources.registry import sources

console = Console()
progress_console = Console(stderr=True)


def ingest(folder: Path, accept: frozenset[str], as_json: bool) -> None:
    """Take in a folder, compile the panel, and say per file what became of it; exit 1 where a file failed or is held."""
    with progress_console.status("reading files") as status:
        results = ingest_folder(folder, accept=accept, progress=status.update)
    known = [r for r in results if r.outcome != "unrecognised"]
    if not known:
        raise ValueError(
            f"{folder}: no source reads any of its {len(results)} files; `chokepoint sources` lists what is read"
        )
    manifest: dict[str, object] = {}
    agreement = pd.DataFrame()
    if any(r.outcome in {"new", "unchanged"} for r in known):
        with progress_console.status("compiling the panel") as status:
            manifest, agreement = starter.build_own(lambda line: status.update(f"compiling: {line}"))
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
    if any(r.outcome in {"failed", "held"} for r in known):
        raise SystemExit(1)


def list_sources(as_json: bool) -> None:
    """List every source with its licence, lag and newest month in the snapshots."""
    newest: dict[str, str] = {}
    for entry in snapshots.in_use(settings().home):
        newest[entry.source] = max(newest.get(entry.source, ""), entry.newest_month)
    rows: list[dict[str, Any]] = [
        {
            "source": s.name,
            "title": s.title,
            "publisher": s.publisher,
            "licence": s.licence,
            "table": s.table,
            "lag_days": s.lag_days,
            "newest_month": newest.get(s.name, ""),
            "url": s.url,
            "format_seen": s.format_seen,
        }
        for s in sources().values()
    ]
    if as_json:
        console.print_json(json.dumps(rows))
        return
    table = Table("source", "publisher", "gives", "licence", "lag, days", "newest month here", title="Sources")
    for row in rows:
        table.add_row(
            row["source"],
            row["publisher"],
            row["table"],
            row["licence"],
            str(row["lag_days"]),
            row["newest_month"] or "not ingested",
        )
    console.print(table)


def build_starter(as_json: bool) -> None:
    """Compile the starter panel and print its tables and their agreement with UCDP."""
    with progress_console.status("building the starter panel") as status:
        manifest, agreement = starter.build_starter(lambda line: status.update(f"starter: {line}"))
    if as_json:
        console.print_json(json.dumps({"manifest": manifest, "agreement": agreement.to_dict("records")}, default=str))
        return
    _print_agreement(agreement)
    console.print(f"Starter panel [bold]{manifest['vintage']}[/] written to {STARTER}.")


def _print_files(results: list[FileResult], others: int) -> None:
    table = Table("file", "source", "outcome", "read", "kept", "dropped and why", "period", title="Ingested files")
    for r in results:
        dropped = "; ".join(f"{count:,} {reason} ({r.examples.get(reason, '')})" for reason, count in r.dropped.items())
        table.add_row(
            r.file,
            r.source,
            r.outcome,
            f"{r.read:,}",
            f"{r.kept:,}",
            dropped or "none",
            f"{r.first_month}..{r.newest_month}",
        )
    console.print(table)
    for r in results:
        if r.message:
            console.print(f"{r.file}: {r.message}", markup=False, soft_wrap=True)
    if others:
        console.print(f"{others} other files were not recognised by any source.")


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
