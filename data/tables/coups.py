"""Coups and coup attempts by country and month (Powell & Thyne)."""

import pandas as pd
import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, MONTH, MONTH_START, SOURCE, TEXT
from data.grid import Cube, Grid
from data.tables.shared.layout import census
from data.tables.shared.spans import whole_span
from data.tables.shared.table import Ingested, PanelTable, RowTable, Tables

ROWS = RowTable(
    columns.table(
        "coups",
        {
            "source": SOURCE,
            "iso3": ISO3,
            "date": pa.Column(MONTH),
            "outcome": pa.Column(TEXT, pa.Check.isin(("successful", "failed"))),
            "available_at": AVAILABLE,
        },
    )
)

CONTRACT = columns.table(
    "coups",
    {
        "iso3": ISO3,
        "month": MONTH_START,
        "successful": COUNT,
        "failed": COUNT,
        "source": SOURCE,
        "available_at": AVAILABLE,
    },
    unique=["iso3", "month"],
)


def count_coups(ingested: Ingested) -> Tables:
    """Count coups by month; the same coup listed by two layouts of the source counts once."""
    coups = ingested.rows
    month = coups["date"].dt.to_period("M").dt.to_timestamp().astype("datetime64[us]")
    once = coups.assign(month=month).drop_duplicates(["iso3", "month", "outcome"])
    counts = once.groupby(["iso3", "month"], as_index=False).agg(
        successful=("outcome", lambda o: float((o == "successful").sum())),
        failed=("outcome", lambda o: float((o == "failed").sum())),
        source=("source", "first"),
        available_at=("available_at", "max"),
    )
    return {"coups": counts}


def lay_coups(grid: Grid, table: pd.DataFrame, coverage: pd.DataFrame) -> Cube:  # noqa: ARG001 - the list has no spans
    """Lay coups on the grid: the list covers the world from its first to its newest month."""
    return census(grid, table, whole_span(table, "coups"))


TABLE = PanelTable(
    name="coups",
    label="coups",
    reductions={"coups": count_coups},
    contract=CONTRACT,
    cube=lay_coups,
    expected_age_months=1,
    max_age_months=12,
    evidence="coups",
    needed_by=("seizure",),
    names_vintage=True,
)
