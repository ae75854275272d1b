"""The starter panel, compiled from sources whose licence lets it travel, and the user's own panel from all sources."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from data.compile.cache import ReductionCache, digest
from data.compile.overlay import overlay
from data.compile.tables import Step, compile_panel
from data.compile.ucdp_totals import CHECK_TOTAL, country_year_agreement
from data.compile.vintages import collect_vintages
from data.ingest import vintages as ingested
from data.ingest.manifest import ManifestEntry, read_manifest
from data.ingest.read_tables import load_rows, select_table
from data.panel.folder import MANIFEST, STARTER, write_panel
from data.settings import settings
from data.sources.registry import sources
from data.sources.shared.source import Source
from data.tables.registry import panel_tables, row_tables
from data.tables.shared.table import Tables


def build(
    home: Path, folder: Path, *, travels: bool, progress: Step = lambda _: None
) -> tuple[dict[str, object], pd.DataFrame]:
    """Compile the snapshots in use into a panel, with the cells that earlier vintages reported differently.

    Args:
        home: The folder of the snapshots.
        folder: Where the panel is written, atomically.
        travels: Use only sources that may be passed on. Otherwise all are used, for the user's own machine, and overlaid on
            the starter panel.
        progress: Called with the name of each step that takes long.

    Returns:
        The panel's manifest, and its agreement with UCDP's yearly totals.
    """
    vintages = ingested.vintages_by_origin(_families(home, travels=travels))
    reduced, in_use = ReductionCache(home, progress), vintages[-1][1]
    starter = {} if travels else {path.stem: pd.read_parquet(path) for path in sorted(STARTER.glob("*.parquet"))}
    compiled, reports = collect_vintages(_panels(reduced, vintages, starter))
    newest = _newest(in_use)
    attributions = [_attribution(sources()[name]) | {"newest_month": month} for name, month in sorted(newest.items())]
    if not travels:
        attributions += [source for source in _of_starter() if source["name"] not in newest]
    manifest = write_panel(folder, compiled | reports, attributions, quarantined(home), inputs(home))
    reduced.evict_unused()
    return manifest, _agreement(home, in_use, compiled)


def _panels(
    reduced: ReductionCache, vintages: list[tuple[int, list[ManifestEntry]]], starter: Tables
) -> Iterator[tuple[int, Tables]]:
    before: list[ManifestEntry] | None = None
    for origin, entries in vintages:
        if entries != before:
            tables, before = _compiled(reduced, entries, starter), entries
        yield origin, tables


def _families(home: Path, *, travels: bool) -> list[list[ManifestEntry]]:
    usable = {s.name for s in sources().values() if s.table in inputs_of_panel() and (s.redistribute or not travels)}
    return [family for family in ingested.vintages_by_family(read_manifest(home)) if family[-1].source in usable]


def has_inputs(home: Path) -> bool:
    """Return whether any snapshot in use is an input of the user's own panel."""
    return bool(_families(home, travels=False))


def inputs(home: Path) -> str:
    """Return a digest of the inputs of the user's own panel: snapshots, quarantined vintages and code."""
    waiting = "".join(entry["snapshot"] for entry in quarantined(home))
    return digest(entry for family in _families(home, travels=False) for entry in family) + waiting


def _compiled(reduced: ReductionCache, entries: list[ManifestEntry], starter: Tables) -> Tables:
    by_table = {name: chosen for name in inputs_of_panel() if (chosen := select_table(entries, name))}
    compiled = compile_panel(reduced.tables_of(name, chosen) for name, chosen in by_table.items())
    if starter:
        compiled = overlay(starter, compiled)
    for table in panel_tables().values():
        if table.supersede and table.name in compiled:
            compiled |= table.supersede(compiled[table.name], compiled["coverage"])
    return compiled


def inputs_of_panel() -> list[str]:
    """Return the publishers' tables, and those of their deletions, that the panel and its check total are compiled from."""
    names = {CHECK_TOTAL, *(rows for table in panel_tables().values() for rows in table.reductions)}
    return sorted(names | {row_tables()[name].deletions for name in names} - {""})


def _newest(entries: list[ManifestEntry]) -> dict[str, str]:
    """Return the newest month of each source used."""
    newest: dict[str, str] = {}
    for entry in entries:
        newest[entry.source] = max(newest.get(entry.source, ""), entry.newest_month)
    return newest


def _agreement(home: Path, in_use: list[ManifestEntry], compiled: Tables) -> pd.DataFrame:
    totals, districts = (select_table(in_use, name) for name in (CHECK_TOTAL, "districts"))
    if not totals:
        return pd.DataFrame()
    counted: Tables = {n: compiled[n] for n in ("rings", "countries") if n in compiled}
    if districts:
        counted["districts"] = load_rows(home, "districts", districts)
    return country_year_agreement(counted, load_rows(home, CHECK_TOTAL, totals), compiled["coverage"])


def quarantined(home: Path) -> list[dict[str, str]]:
    """Return the quarantined vintages of the panel's sources, as its manifest names them."""
    return [
        {"source": entry.source, "snapshot": entry.sha12, "retrieved_at": entry.retrieved_at}
        for entry in ingested.quarantined(home)
        if sources()[entry.source].table in inputs_of_panel()
    ]


def build_starter(progress: Step = lambda _: None) -> tuple[dict[str, object], pd.DataFrame]:
    """Compile `data/starter` from the snapshots of this machine."""
    return build(settings().home, STARTER, travels=True, progress=progress)


def build_own(progress: Step = lambda _: None) -> tuple[dict[str, object], pd.DataFrame]:
    """Compile the user's own panel, which takes the starter panel's place."""
    return build(settings().home, settings().panel, travels=False, progress=progress)


def _of_starter() -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads((STARTER / MANIFEST).read_text())["sources"]
    return listed


def _attribution(source: Source) -> dict[str, str]:
    return {
        "name": source.name,
        "title": source.title,
        "publisher": source.publisher,
        "licence": source.licence,
        "citation": source.citation,
        "url": source.url,
    }
