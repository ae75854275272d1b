"""The compiled tables of a panel to one cube each, with everything that was reported otherwise."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from data.grid import Cube, Grid
from data.panel.revisions import VINTAGES, as_reported, revisions_of
from data.tables.registry import panel_tables
from data.tables.shared.layout import census, observed
from data.tables.shared.table import PanelTable


def build_cubes(grid: Grid, tables: Mapping[str, pd.DataFrame]) -> dict[str, Cube]:
    """Lay every table of a compiled panel on the grid, with its revisions; a table that is missing is left out.

    Args:
        grid: units and months of the panel.
        tables: compiled tables by name, `coverage` among them, and under `<name>.vintages` the cells of a table that its
            vintages report differently.

    Returns:
        Cube (units, months, columns) by name of the table, those derived from other cubes last.
    """
    cubes = {
        name: as_reported(cube, grid, tables.get(name + VINTAGES)) for name, cube in newest_cubes(grid, tables).items()
    }
    every = panel_tables().values()
    for table in every:
        if table.amend and table.amends in cubes and table.name in tables:
            cubes[table.amends] = table.amend(cubes[table.amends], grid, tables[table.name])
    for table in every:
        if table.derive and (cube := _derived(table, cubes)):
            cubes[table.name] = cube
    return cubes


def newest_cubes(grid: Grid, tables: Mapping[str, pd.DataFrame]) -> dict[str, Cube]:
    """Lay tables on the grid as their newest vintage reports them, without revisions and derived cubes."""
    laid = (table for table in panel_tables().values() if not table.amends and table.name in tables)
    return {table.name: _lay(table, grid, tables[table.name], tables["coverage"]) for table in laid}


def _lay(table: PanelTable, grid: Grid, compiled: pd.DataFrame, coverage: pd.DataFrame) -> Cube:
    if table.cube:
        return table.cube(grid, compiled, coverage)
    spread = table.columns(compiled) if table.columns else compiled
    if table.census_of:
        return census(grid, spread, coverage[coverage["table"] == table.census_of])
    return observed(grid, spread)


def _derived(table: PanelTable, cubes: Mapping[str, Cube]) -> Cube | None:
    """Derive a table's cube as first reported, and its revisions from those of the cubes it is made from."""
    derive = table.derive
    if derive is None:
        return None
    inputs = {name: cubes[name] for name in table.derived_from if name in cubes}
    cube = derive(inputs)
    if cube is None:
        return None

    def at(origin: int) -> Cube:
        derived = derive({name: part.at(origin) for name, part in inputs.items()})
        return cube if derived is None else derived

    return replace(cube, revisions=revisions_of(inputs.values(), at))
