"""Every table: a module below `data.tables` that has TABLE is a panel table, one that has ROWS a table of publishers' rows."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType

import data.tables
import data.tables.rows
from data.tables.shared.table import PanelTable, RowTable


@cache
def panel_tables() -> dict[str, PanelTable]:
    """Return the panel tables by name."""
    tables: list[PanelTable] = [m.TABLE for m in _modules(data.tables) if hasattr(m, "TABLE")]
    return {table.name: table for table in tables}


@cache
def row_tables() -> dict[str, RowTable]:
    """Return the tables of publishers' rows by name."""
    modules = [*_modules(data.tables), *_modules(data.tables.rows)]
    tables: list[RowTable] = [m.ROWS for m in modules if hasattr(m, "ROWS")]
    return {table.name: table for table in tables}


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for module in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{module.name}")


@cache
def fed_by(rows: str) -> tuple[str, ...]:
    """Return the panel tables that are made from a table of publishers' rows, directly or through other tables."""
    tables = panel_tables().values()
    direct = {table.amends or table.name for table in tables if rows in table.reductions}
    derived = {table.name for table in tables if direct & {*table.derived_from}}
    return tuple(sorted(direct | derived))


def max_age_months(table: str) -> int:
    """Return the age of the newest known month beyond which a panel table counts as missing."""
    return panel_tables()[table].max_age_months
