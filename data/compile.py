"""Ingested rows to the compiled panel: small monthly tables, their coverage and a manifest, written atomically."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from pathlib import Path

import pandas as pd

from data.calendar import now
from data.compiled_contracts import COMPILED
from data.country_counts import count_by_country
from data.prices import monthly_shocks
from data.reference_tables import in_force, read_capitals, read_corridors, read_districts
from data.rings import reduce_events

Tables = dict[str, pd.DataFrame]
Step = Callable[[str], None]

MANIFEST = "manifest.json"
SLOW_FROM = pd.Timestamp("1983-01-01")
"""Slow series are kept from here: the first origin looks back five years."""
LIVE = frozenset({"rings", "districts", "countries", "media", "prices", "coups"})
"""Tables whose newest month names the vintage."""
USED = frozenset({*LIVE, "events", "country_vintages", "economy", "regime", "country_years"}) - {"rings"}
"""Tables of rows that the panel and its check total are made of; the others are kept, and not read."""
OWN_LICENCE = {"regime": "CC BY-SA 4.0"}
"""Tables whose licence asks that they stay in a file of their own."""


def compile_panel(parts: Iterable[Tables]) -> Tables:
    """Put together what `compile_table` made of each source's rows; a source that was not ingested leaves its table out."""
    compiled: Tables = {}
    for part in parts:
        for name, table in part.items():
            known = [compiled[name], table] if name in compiled else [table]
            compiled[name] = pd.concat(known, ignore_index=True)
    if not any("month" in table for table in compiled.values()):
        raise ValueError("nothing to compile: no monthly source is in use; run `chokepoint ingest --from DIR` first")
    for name in COMPILED.keys() & compiled.keys():
        COMPILED[name].validate(compiled[name])
    return compiled


def compile_table(name: str, rows: pd.DataFrame, coverage: pd.DataFrame, progress: Step = lambda _: None) -> Tables:
    """Reduce the rows of one of the publishers' tables to the panel's, with the spans in which a missing row means zero.

    `coverage` are the spans of these rows (columns source, table, iso3 or "*", first, last).
    """
    return {"coverage": coverage} | _reduced(name, rows, coverage, progress)


def _reduced(name: str, rows: pd.DataFrame, coverage: pd.DataFrame, progress: Step) -> Tables:
    if name == "events":
        progress("rings, near, corridor and road counts from events")
        reduced = reduce_events(rows, read_capitals(), read_corridors(), read_districts())
        return {f.name: getattr(reduced, f.name) for f in fields(reduced)} | count_by_country(rows, coverage)
    if name == "districts":
        progress("capital districts")
        return {name: _capital_districts(rows)}
    if name == "prices":
        progress("price shocks")
        return {name: monthly_shocks(rows, read_capitals())}
    if name == "coups":
        return {name: _monthly_coups(rows)}
    if name in ("countries", "country_vintages", "media"):
        return {name: rows[rows["month"] >= SLOW_FROM]}
    if name in ("economy", "regime"):
        return {name: rows[rows["year"] >= SLOW_FROM.year]}
    return {}


def write_panel(
    folder: Path,
    compiled: Tables,
    sources: list[dict[str, str]],
    held: Sequence[dict[str, str]] = (),
    inputs: str = "",
) -> dict[str, object]:
    """Write the compiled tables and their manifest to `folder`, which is replaced as a whole or not at all.

    `held` names the vintages that a check keeps out; forecasts made from the panel say so. `inputs` names what it was
    compiled from.
    """
    before = retired(folder)
    if before.exists() and not folder.exists():
        os.replace(before, folder)  # a run was killed before the new one was in its place
    draft = folder.with_name(folder.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        manifest = _write(draft, compiled) | {"sources": sources, "held": list(held), "inputs": inputs}
        (draft / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        for keep in ("README.md",):
            if (folder / keep).exists():
                shutil.copy(folder / keep, draft / keep)
        shutil.rmtree(before, ignore_errors=True)
        if folder.exists():
            os.replace(folder, before)
        os.replace(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(before, ignore_errors=True)
    return manifest


def _write(draft: Path, compiled: Tables) -> dict[str, object]:
    for name, table in compiled.items():
        table.to_parquet(draft / f"{name}.parquet", index=False, compression="zstd")
    return {
        "built_at": now().isoformat(timespec="seconds"),
        "vintage": vintage(draft, compiled),
        "tables": {
            name: {
                "rows": len(table),
                "licence": OWN_LICENCE.get(name, "see sources"),
                "sha256": _sha256(draft / f"{name}.parquet"),
            }
            for name, table in sorted(compiled.items())
        },
    }


def retired(folder: Path) -> Path:
    """Return where a panel lies while its successor is put in its place."""
    return folder.with_name(folder.name + ".retired")


def vintage(folder: Path, compiled: Tables) -> str:
    """Name the panel by its newest conflict month and the digest of its content, such as `2026-05.1f3a9c2e`."""
    digest = hashlib.sha256("".join(_sha256(folder / f"{name}.parquet") for name in sorted(compiled)).encode())
    newest = max(t["month"].max() for n, t in compiled.items() if n in LIVE)
    return f"{newest:%Y-%m}.{digest.hexdigest()[:8]}"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _capital_districts(districts: pd.DataFrame) -> pd.DataFrame:
    roles = districts.merge(read_districts(), on=["iso3", "district"])
    return (
        roles[in_force(roles)]
        .groupby(["iso3", "month", "role", "source"], as_index=False)
        .agg(
            events_state=("events_state", "sum"),
            events_nonstate=("events_nonstate", "sum"),
            events_onesided=("events_onesided", "sum"),
            deaths=("deaths", "sum"),
            available_at=("available_at", "max"),
        )
    )


def _monthly_coups(coups: pd.DataFrame) -> pd.DataFrame:
    """Count coups by month; the same coup listed by two layouts of the source counts once."""
    month = coups["date"].dt.to_period("M").dt.to_timestamp().astype("datetime64[us]")
    once = coups.assign(month=month).drop_duplicates(["iso3", "month", "outcome"])
    return once.groupby(["iso3", "month"], as_index=False).agg(
        successful=("outcome", lambda o: float((o == "successful").sum())),
        failed=("outcome", lambda o: float((o == "failed").sum())),
        source=("source", "first"),
        available_at=("available_at", "max"),
    )
