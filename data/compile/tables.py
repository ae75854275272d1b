"""Ingested rows to the compiled panel: small monthly tables, their coverage and a manifest, written atomically."""

from collections.abc import Callable, Iterable
from dataclasses import fields

import pandas as pd

from data.compile.country_counts import count_by_country
from data.compile.price_shocks import monthly_shocks
from data.compile.rings import reduce_events
from data.contracts.panel_tables import COMPILED, Tables
from data.reference_tables import in_force, read_capitals, read_corridors, read_districts

Step = Callable[[str], None]

SLOW_FROM = pd.Timestamp("1983-01-01")
"""Slow series are kept from here: the first origin looks back five years."""


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
