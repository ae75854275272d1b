"""Cells that later vintages of a dataset report differently, so that every origin sees the numbers of its time."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.grid import NEVER, Cube, Floats, Grid, Indices, Revisions, first_of_cell

VINTAGES = ".vintages"
"""End of the name of a table that holds the cells of a cube which its vintages report differently."""


class Vintages:
    """Collects the cells of one cube that vintages, added from the oldest to the newest, report differently."""

    def __init__(self, oldest: Cube) -> None:
        self._oldest = oldest
        self._values, self._known = oldest.values.copy(), oldest.visible.copy()
        self._rows: list[Revisions] = []
        self._touched = np.zeros(oldest.visible.shape, bool)

    def add(self, cube: Cube, origin: int, before: int) -> None:
        """Add a newer vintage.

        A cell that it reports first is visible by publication lag, but not at an origin that saw the vintage before,
        which lacked it.

        Args:
            cube: The table as this vintage reports it.
            origin: Index of the first origin that may see the vintage.
            before: Index of the last origin up to which the vintage before it was the newest.
        """
        values, visible = _aligned(self._oldest, cube)
        new = (self._known == NEVER) & (visible != NEVER)
        seen = np.minimum(np.maximum(visible, before + 1), origin)
        revised = (self._known != NEVER) & ~_alike(values, self._values)
        self._touched |= revised | new & (seen != visible)
        unit, month = np.nonzero(new | revised)
        when = np.where(new[unit, month], seen[unit, month], origin)
        self._rows.append(Revisions(unit, month, when, values[unit, month]))
        self._values[new | revised] = values[new | revised]
        self._known[new] = seen[new]

    def table(self, iso3: Sequence[str]) -> pd.DataFrame:
        """Return every report of the cells that differ.

        Args:
            iso3: Codes of the units in the order of the cube.

        Returns:
            One row per report: iso3, month, `known_from` (month of the first origin that may see it) and the cube's columns.
        """
        unit, month = np.nonzero(self._touched & (self._oldest.visible != NEVER))
        first = Revisions(
            unit, month, self._oldest.visible[unit, month].astype(np.int64), self._oldest.values[unit, month]
        )
        reports = Revisions.joined(first, *self._rows)
        differ = self._touched[reports.unit, reports.month]
        frame = pd.DataFrame(reports.values[differ], columns=list(self._oldest.names))
        return frame.assign(
            iso3=[iso3[u] for u in reports.unit[differ]],
            month=_months(reports.month[differ] + self._oldest.first),
            known_from=_months(reports.visible[differ]),
        )


def _months(indices: Indices) -> pd.DatetimeIndex:
    return pd.DatetimeIndex([calendar.month_at(i) for i in indices.tolist()], dtype="datetime64[us]")


def _aligned(oldest: Cube, cube: Cube) -> tuple[Floats, npt.NDArray[np.int32]]:
    """Return values and visibility of a vintage on the months and columns of the oldest."""
    values = np.full(oldest.values.shape, np.nan, np.float32)
    visible = np.full(oldest.visible.shape, NEVER, np.int32)
    skipped, missing = max(oldest.first - cube.first, 0), max(cube.first - oldest.first, 0)
    visible[:, missing:] = cube.visible[:, skipped:]
    for k, name in enumerate(oldest.names):
        if name in cube.names:
            values[:, missing:, k] = cube.column(name)[:, skipped:]
    return values, visible


def _alike(one: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(((one == other) | (np.isnan(one) & np.isnan(other))).all(axis=2))


def as_reported(cube: Cube, grid: Grid, reports: pd.DataFrame | None) -> Cube:
    """Return a cube with its cells as first reported and the later reports as revisions.

    Args:
        cube: The table as its newest vintage reports it.
        grid: Units and months of the panel.
        reports: `Vintages.table`; None or empty where no vintages differ.

    Raises:
        ValueError: The reports lack a column of the cube.
    """
    if reports is None or reports.empty:
        return cube
    if missing := [name for name in cube.names if name not in reports]:
        raise ValueError(
            f"vintages lack {', '.join(missing)}: another version compiled them; run `chokepoint ingest` again"
        )
    order = reports.sort_values(["known_from", "iso3", "month"], kind="stable")
    rows, columns, inside = Grid(grid.iso3, cube.values.shape[1], cube.first).cells(order)
    when, numbers = calendar.month_indices(order["known_from"]), order[list(cube.names)].to_numpy(np.float32)
    rows, columns, when, numbers = (a[inside] for a in (rows, columns, when, numbers))
    first = first_of_cell(rows, columns)
    values, visible = cube.values.copy(), cube.visible.copy()
    values[rows[first], columns[first]], visible[rows[first], columns[first]] = numbers[first], when[first]
    later = Revisions(rows[~first], columns[~first], when[~first], numbers[~first].astype(np.float32))
    return Cube(cube.names, values, visible, cube.first, later)


def revisions_of(made_of: Iterable[Cube], at: Callable[[int], Cube]) -> Revisions | None:
    """Return the revisions of a cube that is derived from others.

    Args:
        made_of: The cubes it is derived from.
        at: Derives the cube as reported by the origin of an index.

    Returns:
        The cells that change at each origin at which one of the others is revised; None where none ever is.
    """
    revised = [cube.revisions.visible for cube in made_of if cube.revisions is not None]
    if not revised:
        return None
    parts, before = [], at(-1)
    for origin in np.unique(np.concatenate(revised)).tolist():
        cube = at(origin)
        unit, month = np.nonzero(~_alike(cube.values, before.values))
        parts.append(Revisions(unit, month, np.full(len(unit), origin), cube.values[unit, month]))
        before = cube
    return Revisions.joined(*parts)
