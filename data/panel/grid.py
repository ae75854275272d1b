"""Unit x month arrays in which every cell knows the first origin that may see it, and what was said of it later."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar

NEVER = 1_000_000
"""`visible` of a cell that no source has reported."""
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Revisions:
    """Cells said otherwise later on, in the order of the origins that may see them."""

    unit: npt.NDArray[np.int64]
    month: npt.NDArray[np.int64]
    """Column of the cube."""
    visible: npt.NDArray[np.int64]
    values: Floats

    def known_at(self, index: int) -> "Revisions":
        """Return those that the origin may see."""
        count = int(np.searchsorted(self.visible, index, side="right"))
        return Revisions(self.unit[:count], self.month[:count], self.visible[:count], self.values[:count])


@dataclass(frozen=True)
class Cube:
    """One table on the grid: `values` (unit, month, column) and `visible` (unit, month)."""

    names: tuple[str, ...]
    values: Floats
    visible: npt.NDArray[np.int32]
    first: int = 0
    """Index of the first month; below 0 where a source reaches further back than the panel."""
    revisions: Revisions | None = None
    """What later vintages said instead; `values` holds what was said first."""

    def column(self, name: str) -> Floats:
        """Return one column by unit x month."""
        return np.asarray(self.values[:, :, self.names.index(name)])

    def at(self, index: int) -> "Cube":
        """Return the cube as it was said by an origin, revised no more; what is unknown by then stays marked so."""
        if self.revisions is None:
            return self
        said, values = self.revisions.known_at(index), self.values.copy()
        values[said.unit, said.month] = said.values  # of several the last stays
        return Cube(self.names, values, self.visible, self.first)

    def settled(self) -> "Cube":
        """Return the cube as it is said today, each cell known from the last time it was said otherwise."""
        if self.revisions is None:
            return self
        visible = self.visible.copy()
        visible[self.revisions.unit, self.revisions.month] = self.revisions.visible
        return replace(self.at(NEVER), visible=visible)

    def inside(self) -> "Cube":
        """Return the cube as it is said today, from the panel's first month on."""
        today = self.settled()
        return Cube(today.names, today.values[:, -today.first :], today.visible[:, -today.first :])


@dataclass(frozen=True)
class Grid:
    """Units and months every array is laid out on."""

    iso3: list[str]
    months: int
    first: int = 0
    """Index of the first month."""
    row: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "row", {code: i for i, code in enumerate(self.iso3)})

    def cells(self, table: pd.DataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return row, column and whether the row lies on the grid, for each line of a table."""
        rows = table["iso3"].map(self.row).fillna(-1).to_numpy(np.int64)
        columns = calendar.month_indices(table["month"]) - self.first
        return rows, columns, (rows >= 0) & (columns >= 0) & (columns < self.months)

    def blank(self, names: tuple[str, ...]) -> Cube:
        """Return a cube in which nothing is known."""
        shape = (len(self.iso3), self.months)
        return Cube(
            names, np.full((*shape, len(names)), np.nan, np.float32), np.full(shape, NEVER, np.int32), self.first
        )

    def reaching(self, table: pd.DataFrame) -> "Grid":
        """Return the grid begun early enough for every row: coups and democracy are known long before events are."""
        first = min(self.first, calendar.month_index(table["month"].min())) if len(table) else self.first
        return Grid(self.iso3, self.months + self.first - first, first)
