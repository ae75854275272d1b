"""The panel as known at one origin: nothing later is in a view, so a feature cannot look ahead."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data import calendar
from data.panel.episode_rules import RULE_TABLES
from data.panel.panel import Bools, Floats, Ints, Panel
from data.tables.registry import max_age_months

NOTHING = -1_000_000
"""Newest known month of a unit of which nothing is known."""
LASTING_MONTHS = {"fighting": 3, "siege": 3, "supply": 3, "shortage": 3}
"""How long an episode of these kinds is taken to go on after the newest month that anyone has reported."""


@dataclass(frozen=True)
class View:
    """The panel as known at one origin; a series ends at the newest month that the unit's source has reported."""

    panel: Panel
    origin: pd.Timestamp
    index: int
    """Index of the origin's month."""
    _known_tables: dict[str, tuple[Floats, Ints]] = field(default_factory=dict)

    @property
    def units(self) -> pd.DataFrame:
        """Return the units in the order of every array."""
        return self.panel.units

    @property
    def empty(self) -> Floats:
        """Return a column of NaN, one for each unit."""
        return np.full(len(self.units), np.nan, np.float32)

    def has(self, table: str) -> bool:
        """Return whether the panel has this table."""
        return table in self.panel.cubes

    def age(self, table: str) -> Floats:
        """Return the months from each unit's newest known month to the origin, shape (units,); NaN where nothing is known."""
        if not self.has(table):
            return self.empty
        newest = self._known(table)[1]
        return np.where(newest > NOTHING, self.index - newest, np.nan).astype(np.float32)

    def recent(self, table: str, column: str, months: int) -> Floats:
        """Return the newest known months of a series.

        A window ends at the newest month that the unit's source has reported, as long as that is not older than
        `PanelTable.max_age_months`.

        Args:
            table: Name of a panel table.
            column: Column of its cube.
            months: Width of the window.

        Returns:
            Array (units, months), newest last, in the unit of the column; NaN where nothing was reported.
        """
        if not self.has(table) or column not in self.panel.cubes[table].names:
            return np.full((len(self.units), months), np.nan, np.float32)
        values, newest = self._known(table)
        series = values[:, :, self.panel.cubes[table].names.index(column)]
        usable = self.index - newest <= max_age_months(table)
        first = self.panel.cubes[table].first
        wanted = newest[:, None] - first - np.arange(months - 1, -1, -1)[None, :]
        window = np.take_along_axis(series, np.clip(wanted, 0, None), axis=1)
        return np.where(usable[:, None] & (wanted >= 0), window, np.nan).astype(np.float32)

    def last(self, table: str, column: str) -> Floats:
        """Return the newest known value of a series, shape (units,); NaN where it is older than the table's largest age."""
        return self.recent(table, column, 1)[:, 0]

    def total(self, table: str, column: str, months: int) -> Floats:
        """Return the sum of the newest months, shape (units,); NaN where one is unknown, as a part would pass for the whole."""
        return self.recent(table, column, months).sum(axis=1, dtype=np.float32)

    def disrupted(self, kinds: tuple[str, ...]) -> Bools:
        """Return whether an episode of one of these kinds is known to go on, shape (units, months up to the origin)."""
        return np.logical_or.reduce([self._disrupted(kind) for kind in kinds])

    def _disrupted(self, kind: str) -> Bools:
        """Return the known months of one kind; episodes of kinds that last go on over months no feed has reported yet."""
        known = self.panel.disrupted[kind][:, : self.index + 1]
        if self.index <= self.panel.reached:
            return known
        known = known & (self.panel.known_from[kind][:, : self.index + 1] <= self.index)
        if kind not in LASTING_MONTHS:
            return known
        months = np.arange(self.index + 1)
        newest = np.maximum(self._reported(kind), self.panel.reached)[:, None]
        going_on = np.take_along_axis(known, newest, axis=1)
        return known | going_on & (months > newest) & (months <= newest + LASTING_MONTHS[kind])

    def _reported(self, kind: str) -> Ints:
        """Return the newest month of which each unit's state is known to the kind's rule; NOTHING where it never was."""
        newest = [self._newest(table) for table in RULE_TABLES.get(kind, ())]
        never = np.full(len(self.units), NOTHING, np.int64)
        return np.minimum.reduce(newest) if kind == "supply" else np.maximum.reduce([never, *newest])

    def _newest(self, table: str) -> Ints:
        """Return the index of each unit's newest known month in a table; NOTHING where none is."""
        if not self.has(table):
            return np.full(len(self.units), NOTHING, np.int64)
        cube = self.panel.cubes[table]
        visible = cube.visible[:, : self.index + 1 - cube.first] <= self.index
        return np.where(visible.any(axis=1), self.index - np.argmax(visible[:, ::-1], axis=1), NOTHING)

    def _known(self, table: str) -> tuple[Floats, Ints]:
        """Return a table's values up to the origin, NaN where not visible, and each unit's newest known month."""
        if table not in self._known_tables:
            cube = self.panel.cubes[table].at(self.index)
            width = self.index + 1 - cube.first
            visible = cube.visible[:, :width] <= self.index
            values = np.where(visible[:, :, None], cube.values[:, :width], np.nan)
            self._known_tables[table] = (values, self._newest(table))
        return self._known_tables[table]


def as_of(panel: Panel, origin: pd.Timestamp) -> View:
    """Return the panel as known at the first instant after the origin month.

    Args:
        panel: The panel with every revision.
        origin: First day of the month.

    Raises:
        ValueError: The origin lies before 1989-01 or after the panel's newest origin.
    """
    index = calendar.month_index(origin)
    if not 0 <= index <= panel.last:
        raise ValueError(
            f"origin {origin:%Y-%m} is outside the panel ({calendar.month_at(0):%Y-%m}.."
            f"{calendar.month_at(panel.last):%Y-%m}); ingest newer data or choose an origin inside"
        )
    return View(panel, origin, index)
