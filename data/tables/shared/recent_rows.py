"""Reduction of tables that the panel keeps as their publishers give them."""

import pandas as pd

from data.tables.shared.table import Ingested, Reduction, Tables

SLOW_FROM = pd.Timestamp("1983-01-01")
"""First month of the series that are compiled: the first origin looks back five years."""


def recent_rows(name: str) -> Reduction:
    """Return the reduction of a table to its months or years from `SLOW_FROM` on."""

    def keep(ingested: Ingested) -> Tables:
        rows = ingested.rows
        recent = rows["year"] >= SLOW_FROM.year if "year" in rows else rows["month"] >= SLOW_FROM
        return {name: rows[recent]}

    return keep
