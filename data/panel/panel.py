"""The panel in memory: unit x month arrays in which every cell knows the first origin that may see it.

`load` reads a compiled folder; `as_of` gives the panel as it was known at one origin. A `View` holds nothing later than
its origin, so a feature cannot look ahead; a cell no source has reported is NaN, never 0.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.contracts.forecasts import KINDS
from data.panel import cubes
from data.panel.age_limits import DEFAULT_MAX_AGE_MONTHS, LASTING_MONTHS, MAX_AGE_MONTHS, RULE_TABLES
from data.panel.episode_extension import Extended, extend, unextended
from data.panel.episode_rules import rule_months
from data.panel.folder import _manifest, _require_columns, panel_folder
from data.panel.grid import Cube, Grid
from data.reference_tables import read_corridors, read_episodes, units

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

NOTHING = -1_000_000
"""Newest known month of a unit of which nothing is known."""


@dataclass(frozen=True)
class Panel:
    """Every series by unit and month, the catalogue of episodes, and what the panel was built from."""

    units: pd.DataFrame
    cubes: dict[str, Cube]
    episodes: pd.DataFrame
    disrupted: dict[str, Bools]
    """Kind of episode -> unit x month, whether one is going on."""
    known_from: dict[str, Ints]
    """Kind of episode -> unit x month, first origin that may see it; earlier than any for what is in the catalogue."""
    reached: int
    """Index of the last month the catalogue has reached; what lies later in `episodes` was found by rules."""
    last: int
    """Index of the newest origin: the newest month of the catalogue or of any feed."""
    vintage: str
    member_from: npt.NDArray[np.int64]
    manifest: dict[str, object] = field(default_factory=dict)

    @property
    def iso3(self) -> list[str]:
        """ISO3 codes in the order of every array."""
        return list(self.units["iso3"])

    def with_episodes(self, episodes: pd.DataFrame) -> "Panel":
        """Return the same panel under another catalogue of episodes, which no rule extends."""
        labelled = episodes[episodes["confidence"] != "L"]
        return self._with(unextended(labelled), _reach(labelled))

    def extended(self, episodes: pd.DataFrame, reached: pd.Timestamp | None = None) -> "Panel":
        """Return the same panel under a catalogue that the rules extend beyond the month it reaches, its newest end."""
        labelled = episodes[episodes["confidence"] != "L"]
        until = _reach(labelled) if reached is None else reached
        return self._with(extend(labelled, rule_months(self.cubes, self.iso3), until), until)

    def _with(self, catalogue: Extended, reached: pd.Timestamp) -> "Panel":
        grid = Grid(self.iso3, self.last + 1)
        return replace(
            self,
            episodes=catalogue.episodes,
            disrupted=_disrupted(grid, catalogue.episodes),
            known_from=_known_from(grid, catalogue.months),
            reached=calendar.month_index(reached),
        )

    def members(self, origin: pd.Timestamp) -> Bools:
        """Tell which units exist at an origin."""
        return np.asarray(self.member_from <= calendar.month_index(origin))


@dataclass(frozen=True)
class View:
    """The panel as known at one origin; series end at the newest month each unit's source has reported."""

    panel: Panel
    origin: pd.Timestamp
    index: int
    _memory: dict[str, tuple[Floats, npt.NDArray[np.int64]]] = field(default_factory=dict)

    @property
    def units(self) -> pd.DataFrame:
        """Units in the order of every array."""
        return self.panel.units

    @property
    def empty(self) -> Floats:
        """A column of NaN, one for each unit."""
        return np.full(len(self.units), np.nan, np.float32)

    def has(self, table: str) -> bool:
        """Tell whether any source gave this table."""
        return table in self.panel.cubes

    def age(self, table: str) -> Floats:
        """Months from the newest known month of each unit to the origin; NaN where nothing is known."""
        if not self.has(table):
            return self.empty
        newest = self._known(table)[1]
        return np.where(newest > NOTHING, self.index - newest, np.nan).astype(np.float32)

    def recent(self, table: str, column: str, months: int) -> Floats:
        """Return the last `months` known months of a series, newest last, shape (units, months).

        A window starts at the newest month the unit's source has reported, as long as that is not older than
        MAX_AGE_MONTHS; cells nobody reported are NaN.
        """
        if not self.has(table) or column not in self.panel.cubes[table].names:
            return np.full((len(self.units), months), np.nan, np.float32)
        values, newest = self._known(table)
        series = values[:, :, self.panel.cubes[table].names.index(column)]
        usable = self.index - newest <= MAX_AGE_MONTHS.get(table, DEFAULT_MAX_AGE_MONTHS)
        first = self.panel.cubes[table].first
        wanted = newest[:, None] - first - np.arange(months - 1, -1, -1)[None, :]
        window = np.take_along_axis(series, np.clip(wanted, 0, None), axis=1)
        return np.where(usable[:, None] & (wanted >= 0), window, np.nan).astype(np.float32)

    def last(self, table: str, column: str) -> Floats:
        """Return the newest known value of a series for each unit."""
        return self.recent(table, column, 1)[:, 0]

    def total(self, table: str, column: str, months: int) -> Floats:
        """Sum the newest `months` months; NaN where one of them is unknown, as a part would pass for the whole."""
        return self.recent(table, column, months).sum(axis=1, dtype=np.float32)

    def disrupted(self, kinds: tuple[str, ...]) -> Bools:
        """Return unit x month up to the origin: whether an episode of one of these kinds is known to go on."""
        return np.logical_or.reduce([self._disrupted(kind) for kind in kinds])

    def _disrupted(self, kind: str) -> Bools:
        """Mark the known months of one kind; what lasts is taken to go on over the months that no feed has reported yet."""
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
        """Return the newest month of which a rule could tell each unit's state; NOTHING where it never could."""
        newest = [self._newest(table) for table in RULE_TABLES.get(kind, ())]
        never = np.full(len(self.units), NOTHING, np.int64)
        return np.minimum.reduce(newest) if kind == "supply" else np.maximum.reduce([never, *newest])

    def _newest(self, table: str) -> Ints:
        """Return the newest month of a table known of each unit; NOTHING where none is."""
        if not self.has(table):
            return np.full(len(self.units), NOTHING, np.int64)
        cube = self.panel.cubes[table]
        visible = cube.visible[:, : self.index + 1 - cube.first] <= self.index
        return np.where(visible.any(axis=1), self.index - np.argmax(visible[:, ::-1], axis=1), NOTHING)

    def _known(self, table: str) -> tuple[Floats, npt.NDArray[np.int64]]:
        if table not in self._memory:
            cube = self.panel.cubes[table].at(self.index)
            width = self.index + 1 - cube.first
            visible = cube.visible[:, :width] <= self.index
            values = np.where(visible[:, :, None], cube.values[:, :width], np.nan)
            newest = self._newest(table)
            self._memory[table] = (values, newest)
        return self._memory[table]


def as_of(panel: Panel, origin: pd.Timestamp) -> View:
    """Return the panel as it was knowable at the first instant after the origin month."""
    index = calendar.month_index(origin)
    if not 0 <= index <= panel.last:
        raise ValueError(
            f"origin {origin:%Y-%m} is outside the panel ({calendar.month_at(0):%Y-%m}.."
            f"{calendar.month_at(panel.last):%Y-%m}); ingest newer data or choose an origin inside"
        )
    return View(panel, origin, index)


def load(folder: Path | None = None, episodes: pd.DataFrame | None = None) -> Panel:
    """Read a compiled panel; `episodes` stands in for the catalogue of the repository."""
    source = folder or panel_folder()
    if not (source / "manifest.json").exists():
        raise FileNotFoundError(f"no panel at {source}: run `chokepoint ingest --from DIR` or restore data/starter")
    manifest = _manifest(source / "manifest.json")
    tables = {path.stem: pd.read_parquet(path) for path in sorted(source.glob("*.parquet"))}
    _require_columns(tables, source)
    return assemble(tables, read_episodes() if episodes is None else episodes, manifest)


def assemble(tables: dict[str, pd.DataFrame], episodes: pd.DataFrame, manifest: dict[str, object]) -> Panel:
    """Build the arrays of a panel from compiled tables and a catalogue of episodes, which the rules extend."""
    states = units()
    reached = calendar.month_index(_reach(episodes))
    last = max([reached, *(_newest(t) for n, t in tables.items() if n != "coverage")])
    grid = Grid(list(states["iso3"]), last + 1)
    bare = Panel(
        units=states,
        cubes=cubes.build_cubes(grid, tables, read_corridors()),
        episodes=episodes,
        disrupted={},
        known_from={},
        reached=reached,
        last=last,
        vintage=str(manifest["vintage"]),
        member_from=np.maximum(calendar.month_indices(states["member_from"]), 0),
        manifest=manifest,
    )
    return bare.extended(episodes)


def _reach(episodes: pd.DataFrame) -> pd.Timestamp:
    """Return the newest month of a catalogue's labels."""
    return pd.Timestamp(episodes.loc[episodes["confidence"] != "L", "end"].max())


def _newest(table: pd.DataFrame) -> int:
    return calendar.month_index(table["month"].max()) if "month" in table else 0


def _disrupted(grid: Grid, episodes: pd.DataFrame) -> dict[str, Bools]:
    marks = {kind: np.zeros((len(grid.iso3), grid.months), bool) for kind in KINDS}
    for iso3, kind, start, end in episodes[["iso3", "kind", "start", "end"]].itertuples(index=False):
        if iso3 in grid.row:
            marks[kind][grid.row[iso3], calendar.month_index(start) : calendar.month_index(end) + 1] = True
    return marks


def _known_from(grid: Grid, months: pd.DataFrame) -> dict[str, Ints]:
    """Return the first origin that may see each month of each kind: any for the catalogue's, late for the rules'."""
    known = {kind: np.full((len(grid.iso3), grid.months), -1, np.int64) for kind in KINDS}
    rows, columns, inside = grid.cells(months)
    first = calendar.visible_from(months["available_at"])
    for i in np.flatnonzero(inside):
        known[months["kind"].iloc[i]][rows[i], columns[i]] = first[i]
    return known
