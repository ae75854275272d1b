"""The starter panel: what the project computes from sources whose licence lets it travel, with their attribution."""

from pathlib import Path

import pandas as pd

from data import snapshots
from data.agreement import country_year_agreement
from data.compile import USED, Step, compile_panel, write_panel
from data.ingest import load_tables, period
from data.panel import STARTER
from data.settings import settings
from data.sources.base import Source
from data.sources.registry import sources


def build(
    home: Path, folder: Path, *, travels: bool, progress: Step = lambda _: None
) -> tuple[dict[str, object], pd.DataFrame]:
    """Compile the snapshots in use into a panel at `folder`; return its manifest and the agreement with UCDP's totals.

    With `travels` only sources that may be passed on are used; without it all of them, for the user's own machine.
    """
    progress("reading snapshots")
    tables, coverage = load_tables(home, USED)
    if travels:
        allowed = {s.name for s in sources().values() if s.redistribute}
        tables = {n: t[t["source"].isin(allowed)] for n, t in tables.items()}
        coverage = coverage[coverage["source"].isin(allowed)]
    used = sorted({str(name) for table in tables.values() for name in table["source"].unique()})
    compiled = compile_panel({n: t for n, t in tables.items() if len(t)}, coverage, progress)
    official = tables.get("country_years")
    checked = {n: compiled[n] for n in ("rings", "countries") if n in compiled} | {
        n: tables[n] for n in ("districts",) if n in tables
    }
    agreement = country_year_agreement(checked, official, coverage) if official is not None else pd.DataFrame()
    attributions = [_attribution(sources()[name]) | {"newest_month": _newest_month(tables, name)} for name in used]
    manifest = write_panel(folder, compiled, attributions, held(home))
    return manifest, agreement


def held(home: Path) -> list[dict[str, str]]:
    """Return the vintages that are held of the sources the panel is made of, as its manifest names them."""
    return [
        {"source": entry.source, "snapshot": entry.sha12, "retrieved_at": entry.retrieved_at}
        for entry in snapshots.held(home)
        if sources()[entry.source].table in USED
    ]


def build_starter(progress: Step = lambda _: None) -> tuple[dict[str, object], pd.DataFrame]:
    """Compile `data/starter` from the snapshots of this machine."""
    return build(settings().home, STARTER, travels=True, progress=progress)


def build_own(progress: Step = lambda _: None) -> tuple[dict[str, object], pd.DataFrame]:
    """Compile the user's own panel, which takes the starter panel's place."""
    return build(settings().home, settings().panel, travels=False, progress=progress)


def _newest_month(tables: dict[str, pd.DataFrame], source: str) -> str:
    own = [table[table["source"] == source] for table in tables.values()]
    return max(period(rows)[1] for rows in own if len(rows))


def _attribution(source: Source) -> dict[str, str]:
    return {
        "name": source.name,
        "title": source.title,
        "publisher": source.publisher,
        "licence": source.licence,
        "citation": source.citation,
        "url": source.url,
    }
