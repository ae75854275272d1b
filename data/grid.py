"""Unit x month arrays in which every cell knows the first origin that may see it, and its later revisions."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar

NEVER = 1_000_000
"""`visible` of a cell that no source has reported."""
Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Revisions:
    """Later reports of cells of a cube, in the order of the origins that may see them; every array has one entry each."""

    unit: Indices
    month: Indices
    """Column of the cube."""
    visible: Indices
    """Index of the first origin that may see the report."""
    values: Floats
    """(reports, columns)."""

    def known_at(self, index: int) -> "Revisions":
        """Return the revisions that the origin of this index may see."""
        count = int(np.searchsorted(self.visible, index, side="right"))
        return Revisions(self.unit[:count], self.month[:count], self.visible[:count], self.values[:count])

    @staticmethod
    def joined(*parts: "Revisions | None") -> "Revisions":
        """Return the revisions of several parts in the order of the origins that may see them, a later part's last."""
        present = [part for part in parts if part is not None]
        unit, month, visible = (
            np.concatenate([getattr(part, name) for part in present]) for name in ("unit", "month", "visible")
        )
        values = np.concatenate([part.values for part in present])
        order = np.argsort(visible, kind="stable")
        return Revisions(unit[order], month[order], visible[order], values[order])


def first_of_cell(rows: Indices, months: Indices) -> npt.NDArray[np.bool_]:
    """Return which entries are the first of their cell."""
    return np.asarray(~pd.DataFrame({"row": rows, "month": months}).duplicated())


@dataclass(frozen=True)
class Cube:
    """One table on the grid."""

    names: tuple[str, ...]
    """Columns."""
    values: Floats
    """(units, months, columns), as first reported; NaN where nothing was."""
    visible: npt.NDArray[np.int32]
    """(units, months): index of the first origin that may see the cell."""
    first: int = 0
    """Index of the first month; below 0 where a source reaches further back than the panel."""
    revisions: Revisions | None = None

    def column(self, name: str) -> Floats:
        """Return one column by unit x month."""
        return np.asarray(self.values[:, :, self.names.index(name)])

    def at(self, index: int) -> "Cube":
        """Return the cube as reported by an origin, without later revisions; cells unknown by then stay marked so."""
        if self.revisions is None:
            return self
        known, values = self.revisions.known_at(index), self.values.copy()
        values[known.unit, known.month] = known.values  # of several the last stays
        return Cube(self.names, values, self.visible, self.first)

    def settled(self) -> "Cube":
        """Return the cube as reported today, each cell visible from its last revision."""
        if self.revisions is None:
            return self
        visible = self.visible.copy()
        visible[self.revisions.unit, self.revisions.month] = self.revisions.visible
        return replace(self.at(NEVER), visible=visible)

    def inside(self) -> "Cube":
        """Return the cube as reported today, from the panel's first month on."""
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

    def cells(self, table: pd.DataFrame) -> tuple[Indices, Indices, npt.NDArray[np.bool_]]:
        """Return unit, column of the month and whether the cell lies on the grid, for each row of a table."""
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
