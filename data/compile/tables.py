"""Publishers' rows to compiled tables: each panel table by its own reductions, and the panel from all of them."""

from collections.abc import Callable, Iterable

import pandas as pd

from data.tables.registry import panel_tables, row_tables
from data.tables.shared.table import Ingested, Tables

Step = Callable[[str], None]
"""Shows the name of a step that takes long."""


def compile_panel(parts: Iterable[Tables]) -> Tables:
    """Join what `compile_table` reduced each table of rows to, and validate it; a table without rows is left out.

    Raises:
        ValueError: No part holds a monthly table.
        pandera.errors.SchemaError: A compiled table breaks its contract.
    """
    compiled: Tables = {}
    for part in parts:
        for name, table in part.items():
            known = [compiled[name], table] if name in compiled else [table]
            compiled[name] = pd.concat(known, ignore_index=True)
    if not any("month" in table for table in compiled.values()):
        raise ValueError("nothing to compile: no monthly source is in use; run `chokepoint ingest --from DIR` first")
    for name, table in panel_tables().items():
        if table.contract and name in compiled:
            table.contract.validate(compiled[name])
    return compiled


def compile_table(name: str, rows: pd.DataFrame, coverage: pd.DataFrame, progress: Step = lambda _: None) -> Tables:
    """Reduce the rows of one of the publishers' tables to every panel table that is made from them.

    Args:
        name: The publishers' table, such as "events".
        rows: Its rows, under the contract of `row_tables()[name]`.
        coverage: Spans in which a missing row means zero (source, table, iso3 or "*", first, last).
        progress: Called with the name of a reduction that takes long.

    Returns:
        Compiled tables by name, and under `coverage` the given spans with those that the reductions add.
    """
    reductions = [table.reductions[name] for table in panel_tables().values() if name in table.reductions]
    if reductions and row_tables()[name].reduction:
        progress(row_tables()[name].reduction)
    ingested = Ingested(rows, coverage)
    compiled: Tables = {"coverage": coverage}
    for reduce in reductions:
        for output, table in reduce(ingested).items():
            compiled[output] = pd.concat([compiled[output], table]) if output == "coverage" else table
    return compiled
