"""Panels made of what was here at one time and the next: the cells that they tell differently."""

from collections.abc import Iterable

import pandas as pd

from data import calendar
from data.contracts.panel_tables import Tables
from data.panel.cubes import newest_cubes
from data.panel.grid import NEVER, Grid
from data.panel.revisions import VINTAGES, Vintages
from data.reference_tables import read_corridors, units


def told_otherwise(said: Iterable[tuple[int, Tables]]) -> tuple[Tables, Tables]:
    """Return the newest of several compiled panels, and the tables of the cells that they tell differently.

    `said` gives, from the oldest to the newest, the first origin that may see a panel and its tables; the same tables
    again say that a run had found nothing else by then.
    """
    grid = Grid(list(units()["iso3"]), calendar.month_index(pd.Timestamp(calendar.now())) + 1)
    corridors = read_corridors()
    panels = iter(said)
    _, newest = next(panels)
    cells: dict[str, Vintages] = {}
    before = -NEVER
    for origin, tables in panels:
        if tables is not newest:
            cells = cells or {name: Vintages(cube) for name, cube in newest_cubes(grid, newest, corridors).items()}
            for name, cube in newest_cubes(grid, tables, corridors).items():
                cells[name].add(cube, origin, before)
        newest, before = tables, origin
    told = {name + VINTAGES: one.table(grid.iso3) for name, one in cells.items()}
    return newest, {name: table for name, table in told.items() if len(table)}
