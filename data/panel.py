"""The panel in memory: unit x month arrays in which every cell knows the first origin that may see it.

`load` reads a compiled folder; `as_of` gives the panel as it was known at one origin. A `View` holds nothing later than
its origin, so a feature cannot look ahead; a cell no source has reported is NaN, never 0.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar, cubes
from data.cubes import Cube
from data.reference_tables import read_corridors, read_episodes, units
from data.settings import REPOSITORY, settings

STARTER = REPOSITORY / "data" / "starter"
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

MAX_AGE_MONTHS = {"coups": 12, "economy": 60, "regime": 96}
"""How old the newest known month may be before a table counts as missing; slow conditions keep longer than fighting."""
DEFAULT_MAX_AGE_MONTHS = 6
EXPECTED_AGE_MONTHS = {"media": 0, "coups": 1, "prices": 2, "economy": 31, "regime": 15}
"""Age of the newest month when a feed is on time (cadence plus publication lag); 1 for every other table."""


@dataclass(frozen=True)
class Panel:
    """Every series by unit and month, the catalogue of episodes, and what the panel was built from."""

    units: pd.DataFrame
    cubes: dict[str, Cube]
    episodes: pd.DataFrame
    disrupted: dict[str, Bools]
    """Kind of episode -> unit x month, whether one is going on."""
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
        """Return the same panel under another catalogue of episodes."""
        labelled = episodes[episodes["confidence"] != "L"]
        grid = cubes.Grid(self.iso3, self.last + 1)
        return replace(self, episodes=labelled, disrupted=_disrupted(grid, labelled))

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
        place = self.index - self.panel.cubes[table].first
        return np.where(newest >= 0, place - newest, np.nan).astype(np.float32)

    def recent(self, table: str, column: str, months: int) -> Floats:
        """Return the last `months` known months of a series, newest last, shape (units, months).

        A window starts at the newest month the unit's source has reported, as long as that is not older than
        MAX_AGE_MONTHS; cells nobody reported are NaN.
        """
        if not self.has(table) or column not in self.panel.cubes[table].names:
            return np.full((len(self.units), months), np.nan, np.float32)
        values, newest = self._known(table)
        series = values[:, :, self.panel.cubes[table].names.index(column)]
        age = self.index - self.panel.cubes[table].first - newest
        usable = (newest >= 0) & (age <= MAX_AGE_MONTHS.get(table, DEFAULT_MAX_AGE_MONTHS))
        wanted = newest[:, None] - np.arange(months - 1, -1, -1)[None, :]
        window = np.take_along_axis(series, np.clip(wanted, 0, None), axis=1)
        return np.where(usable[:, None] & (wanted >= 0), window, np.nan).astype(np.float32)

    def last(self, table: str, column: str) -> Floats:
        """Return the newest known value of a series for each unit."""
        return self.recent(table, column, 1)[:, 0]

    def total(self, table: str, column: str, months: int) -> Floats:
        """Sum the newest `months` months; NaN where one of them is unknown, as a part would pass for the whole."""
        return self.recent(table, column, months).sum(axis=1, dtype=np.float32)

    def disrupted(self, kinds: tuple[str, ...]) -> Bools:
        """Return unit x month up to the origin: whether an episode of one of these kinds is going on."""
        cut = [self.panel.disrupted[kind][:, : self.index + 1] for kind in kinds]
        return np.logical_or.reduce(cut)

    def _known(self, table: str) -> tuple[Floats, npt.NDArray[np.int64]]:
        if table not in self._memory:
            cube = self.panel.cubes[table]
            width = self.index + 1 - cube.first
            visible = cube.visible[:, :width] <= self.index
            values = np.where(visible[:, :, None], cube.values[:, :width], np.nan)
            newest = np.where(visible.any(axis=1), width - 1 - np.argmax(visible[:, ::-1], axis=1), -1)
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


def panel_folder() -> Path:
    """Return the folder in use: the user's own compiled panel, else the starter panel."""
    return settings().panel if (settings().panel / "manifest.json").exists() else STARTER


def load(folder: Path | None = None, episodes: pd.DataFrame | None = None) -> Panel:
    """Read a compiled panel; `episodes` stands in for the catalogue of the repository."""
    source = folder or panel_folder()
    if not (source / "manifest.json").exists():
        raise FileNotFoundError(f"no panel at {source}: run `chokepoint ingest --from DIR` or restore data/starter")
    manifest = _manifest(source / "manifest.json")
    tables = {path.stem: pd.read_parquet(path) for path in sorted(source.glob("*.parquet"))}
    return assemble(tables, read_episodes() if episodes is None else episodes, manifest)


def _manifest(path: Path) -> dict[str, object]:
    try:
        manifest = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}); run `chokepoint ingest` or restore data/starter") from error
    if not isinstance(manifest, dict) or "vintage" not in manifest:
        raise ValueError(f"{path} names no vintage; run `chokepoint ingest` or restore data/starter")
    return manifest


def assemble(tables: dict[str, pd.DataFrame], episodes: pd.DataFrame, manifest: dict[str, object]) -> Panel:
    """Build the arrays of a panel from compiled tables and a catalogue of episodes."""
    states = units()
    labelled = episodes[episodes["confidence"] != "L"]
    last = max(
        [
            calendar.month_index(labelled["end"].max()),
            *(_newest(t) for n, t in tables.items() if n != "coverage"),
        ]
    )
    grid = cubes.Grid(list(states["iso3"]), last + 1)
    built = cubes.build_cubes(grid, tables, read_corridors())
    return Panel(
        units=states,
        cubes=built,
        episodes=labelled,
        disrupted=_disrupted(grid, labelled),
        last=last,
        vintage=str(manifest["vintage"]),
        member_from=np.maximum(calendar.month_indices(states["member_from"]), 0),
        manifest=manifest,
    )


def _newest(table: pd.DataFrame) -> int:
    return calendar.month_index(table["month"].max()) if "month" in table else 0


def _disrupted(grid: cubes.Grid, episodes: pd.DataFrame) -> dict[str, Bools]:
    from data.contracts import KINDS

    marks = {kind: np.zeros((len(grid.iso3), grid.months), bool) for kind in KINDS}
    for iso3, kind, start, end in episodes[["iso3", "kind", "start", "end"]].itertuples(index=False):
        if iso3 in grid.row:
            marks[kind][grid.row[iso3], calendar.month_index(start) : calendar.month_index(end) + 1] = True
    return marks
