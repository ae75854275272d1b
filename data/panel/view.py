"""The panel as known at one origin: nothing later is in a view, so a feature cannot look ahead."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data import calendar
from data.panel.episode_rules import NEEDS_EVERY_TABLE, RULE_TABLES
from data.panel.panel import Bools, Floats, Ints, Panel
from data.panel.seats import OF_THE_CITY
from data.tables.registry import max_age_months

NOTHING = -1_000_000
"""Newest known month of a unit of which nothing is known."""
LASTING = frozenset({"fighting", "siege", "supply", "shortage"})
"""Kinds that go on, where a rule finds them in the newest reported month, until a month is reported without them."""


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

    def newest(self, table: str) -> Ints:
        """Return the index of each unit's newest known month in a table, shape (units,); `NOTHING` where none is."""
        if not self.has(table):
            return np.full(len(self.units), NOTHING, np.int64)
        cube = self.panel.cubes[table]
        visible = cube.visible[:, : self.index + 1 - cube.first] <= self.index
        return np.where(visible.any(axis=1), self.index - np.argmax(visible[:, ::-1], axis=1), NOTHING)

    def reported(self, table: str) -> Floats:
        """Return a table's values as reported up to the origin, shape (units, months, columns); NaN where not visible."""
        return self._known(table)[0]

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

    def known_month(self, kinds: tuple[str, ...]) -> Ints:
        """Return the newest month of which the state of all these kinds is known, by unit.

        Up to `Panel.known_to` the catalogue knows every kind. Beyond it a rule's feeds do, for the kinds and the capitals
        that they cover. Time that nobody has reviewed does not count: ages and decays end at this month.

        Args:
            kinds: kinds of episode.

        Returns:
            Month indices, shape (units,), at most the origin's.
        """
        return np.minimum.reduce([self._known_month(kind) for kind in kinds])

    def episodes(self, kinds: tuple[str, ...]) -> Bools:
        """Return the months of episodes of these kinds, the last column being each unit's `known_month`.

        A month that a rule found later, of a kind known further than the others, counts in the last column: it is news, and
        what happened since the others were reviewed is not known. Of a state whose seat has moved, what befell a city counts
        for the seat of the origin alone, and what befell the state for every seat.

        Returns:
            Marks, shape (units, months); up to the catalogue's known-to month the columns are those from the panel's first.
        """
        marked = np.logical_or.reduce([self.counted_months(kind) for kind in kinds])
        aligned = self._aligned(marked, kinds)
        later = np.arange(self.index + 1) > self.known_month(kinds)[:, None]
        aligned[:, -1] |= (marked & later).any(axis=1)
        return aligned

    def existed(self, kinds: tuple[str, ...]) -> Bools:
        """Return the months in which each unit was a state, in the columns of `episodes` of the same kinds."""
        months = np.arange(self.index + 1)
        return self._aligned(months >= self.panel.member_from[:, None], kinds)

    def going_on(self, kinds: tuple[str, ...]) -> Bools:
        """Return whether an episode of these kinds is going on, shape (units,), as far as each kind is known.

        Beyond the catalogue an episode that nobody has seen the end of goes on; one that has ended does not.
        """
        return np.logical_or.reduce([self._going_on(kind) for kind in kinds])

    def _going_on(self, kind: str) -> Bools:
        known, seen = self._known_month(kind), self._seen(kind)
        if kind not in LASTING:
            return seen[:, self.index]
        unreviewed = min(self.panel.known_to + 1, self.index)
        month = np.where(known > self.panel.known_to, known, unreviewed)
        return np.take_along_axis(seen, month[:, None], axis=1)[:, 0]

    def _seen(self, kind: str) -> Bools:
        """Return the months of one kind up to the origin, those found by rule only as far as the origin may know of them."""
        marked = self.panel.disrupted[kind][:, : self.index + 1]
        return marked & (self.panel.known_from[kind][:, : self.index + 1] <= self.index)

    def counted_months(self, kind: str) -> Bools:
        """Return the months of one kind at the seats of the origin: elsewhere a city's war is no past of a new seat."""
        seen = self._seen(kind)
        for seat in self.panel.seats if kind in OF_THE_CITY else ():
            if seat.first <= self.index <= seat.last:
                seen[seat.row] &= seat.marks[kind][: self.index + 1]
        return seen

    def _aligned(self, marks: Bools, kinds: tuple[str, ...]) -> Bools:
        """Return the columns of units x months up to each unit's known month, as many as the one known least has."""
        newest = self.known_month(kinds)
        width = int(newest.min()) + 1
        return np.take_along_axis(marks, newest[:, None] - np.arange(width - 1, -1, -1), axis=1)

    def _known_month(self, kind: str) -> Ints:
        known_to = np.full(len(self.units), min(self.panel.known_to, self.index))
        if self.index <= self.panel.known_to or kind not in RULE_TABLES:
            return known_to
        newest = [self.newest(table) for table in RULE_TABLES[kind]]
        reported = np.minimum.reduce(newest) if kind in NEEDS_EVERY_TABLE else np.maximum.reduce(newest)
        return np.maximum(known_to, reported)

    def _known(self, table: str) -> tuple[Floats, Ints]:
        """Return a table's values up to the origin, NaN where not visible, and each unit's newest known month."""
        if table not in self._known_tables:
            cube = self.panel.cubes[table].at(self.index)
            width = self.index + 1 - cube.first
            visible = cube.visible[:, :width] <= self.index
            values = np.where(visible[:, :, None], cube.values[:, :width], np.nan)
            self._known_tables[table] = (values, self.newest(table))
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
