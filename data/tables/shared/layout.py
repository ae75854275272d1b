"""Long monthly tables to dense unit x month cubes with the origin from which each cell is visible."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.grid import NEVER, Cube, Grid
from data.tables.shared.spans import WORLD


def observed(grid: Grid, table: pd.DataFrame) -> Cube:
    """Lay a table on the grid in which only reported months are known.

    Args:
        grid: units and months.
        table: one row per iso3 and month with `available_at`; every other column but `source` becomes the cube's.

    Returns:
        Cube (units, months, columns), NaN where nothing was reported, begun early enough for every row.
    """
    names = tuple(c for c in table.columns if c not in {"iso3", "month", "available_at", "source"})
    reaching = grid.reaching(table)
    cube = reaching.blank(names)
    rows, columns, inside = reaching.cells(table)
    values = table[list(names)].to_numpy(np.float32)
    cube.values[rows[inside], columns[inside]] = values[inside]
    cube.visible[rows[inside], columns[inside]] = calendar.visible_from(table["available_at"])[inside]
    return cube


def census(grid: Grid, table: pd.DataFrame, spans: pd.DataFrame) -> Cube:
    """Lay a table on the grid in which a missing row inside a span is a true zero, and nothing is known outside.

    A true zero becomes visible as many months late as the table's median row.

    Args:
        grid: units and months.
        table: as for `observed`.
        spans: iso3 or "*", first and last month, both included.
    """
    cube = observed(grid, table)
    lag = calendar.visible_from(table["available_at"]) - calendar.month_indices(table["month"])
    months_late = int(np.median(lag)) if len(lag) else 0
    covered: npt.NDArray[np.bool_] = np.zeros_like(cube.visible, bool)
    for iso3, first, last in spans[["iso3", "first", "last"]].itertuples(index=False):
        months = slice(max(calendar.month_index(first) - cube.first, 0), calendar.month_index(last) - cube.first + 1)
        if iso3 == WORLD:
            covered[:, months] = True
        elif iso3 in grid.row:
            covered[grid.row[iso3], months] = True
    quiet = covered & (cube.visible == NEVER)
    cube.values[quiet] = 0.0
    visible = np.arange(len(covered.T), dtype=np.int32) + cube.first + months_late
    cube.visible[quiet] = np.broadcast_to(visible, covered.shape)[quiet]
    cube.values[~covered] = np.nan
    cube.visible[~covered] = NEVER
    return cube


def pivot(table: pd.DataFrame, suffix: pd.Series, measures: dict[str, str], suffixes: Iterable[object]) -> pd.DataFrame:
    """Sum measures by iso3 and month into one column for each measure and suffix.

    Args:
        table: with iso3, month, `available_at` and the measures.
        suffix: suffix of each row.
        measures: column of the table -> beginning of the new columns' names.
        suffixes: every suffix; one without a row is 0 in all months of the table.

    Returns:
        One row per iso3 and month, with the latest `available_at`.
    """
    wide = table.assign(column=suffix).pivot_table(
        index=["iso3", "month"], columns="column", values=list(measures), aggfunc="sum", fill_value=0.0
    )
    wide.columns = [f"{measures[measure]}_{suffix}" for measure, suffix in wide.columns]
    every = [f"{name}_{suffix}" for name in measures.values() for suffix in suffixes]
    available = table.groupby(["iso3", "month"])["available_at"].max()
    return wide.reindex(columns=every, fill_value=0.0).join(available).reset_index()


def in_december(table: pd.DataFrame) -> pd.DataFrame:
    """Return a yearly table with the December of each year as `month`."""
    december = pd.to_datetime(table["year"].astype(str) + "-12-01")
    return table.assign(month=december).drop(columns="year")
