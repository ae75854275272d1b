"""The vintages of a panel, each compiled from the snapshots of its time: which cells they report differently."""

from collections.abc import Iterable

import pandas as pd

from data import calendar
from data.grid import NEVER, Grid
from data.panel.cubes import newest_cubes
from data.panel.revisions import VINTAGES, Vintages
from data.reference_tables import units
from data.tables.shared.table import Tables


def collect_vintages(panels: Iterable[tuple[int, Tables]]) -> tuple[Tables, Tables]:
    """Return the newest of several compiled panels, and the cells that they report differently.

    Args:
        panels: From the oldest to the newest, the index of the first origin that may see a panel, and its tables; the same
            tables again mean that a run found nothing else by then.

    Returns:
        The newest tables; and under `<name>.vintages` the reports of each table's differing cells, where there are any.
    """
    grid = Grid(list(units()["iso3"]), calendar.month_index(pd.Timestamp(calendar.now())) + 1)
    dated = iter(panels)
    _, newest = next(dated)
    cells: dict[str, Vintages] = {}
    before = -NEVER
    for origin, tables in dated:
        if tables is not newest:
            cells = cells or {name: Vintages(cube) for name, cube in newest_cubes(grid, newest).items()}
            for name, cube in newest_cubes(grid, tables).items():
                cells[name].add(cube, origin, before)
        newest, before = tables, origin
    reports = {name + VINTAGES: one.table(grid.iso3) for name, one in cells.items()}
    return newest, {name: table for name, table in reports.items() if len(table)}
