"""The panel in memory: unit x month arrays in which every cell knows the first origin that may see it.

`load` reads a compiled folder; `data.panel.view.as_of` gives the panel as known at one origin. A cell that no source has
reported is NaN, never 0.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.contracts.forecasts import KINDS
from data.grid import Cube, Grid
from data.panel.cubes import build_cubes
from data.panel.episode_extension import ExtendedCatalogue, extend, unextended
from data.panel.episode_rules import rule_months
from data.panel.folder import panel_folder, read_manifest, require_columns
from data.reference_tables import read_episodes, units

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Panel:
    """Every series by unit and month, the catalogue of episodes, and the manifest of the compiled panel."""

    units: pd.DataFrame
    cubes: dict[str, Cube]
    episodes: pd.DataFrame
    disrupted: dict[str, Bools]
    """Kind of episode -> (units, months): whether one is going on."""
    known_from: dict[str, Ints]
    """Kind of episode -> (units, months): first origin that may see it, -1 (any) for months of the catalogue."""
    reached: int
    """Index of the last month the catalogue has reached; later months of `episodes` were found by rules."""
    last: int
    """Index of the newest origin: the newest month of the catalogue or of any feed."""
    vintage: str
    member_from: Ints
    """(units,): index of the month from which each unit is a state."""
    manifest: dict[str, object] = field(default_factory=dict)

    @property
    def iso3(self) -> list[str]:
        """Return the ISO3 codes in the order of every array."""
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

    def _with(self, catalogue: ExtendedCatalogue, reached: pd.Timestamp) -> "Panel":
        grid = Grid(self.iso3, self.last + 1)
        return replace(
            self,
            episodes=catalogue.episodes,
            disrupted=_disrupted(grid, catalogue.episodes),
            known_from=_known_from(grid, catalogue.months),
            reached=calendar.month_index(reached),
        )

    def members(self, origin: pd.Timestamp) -> Bools:
        """Return which units exist at an origin, shape (units,)."""
        return np.asarray(self.member_from <= calendar.month_index(origin))


def load(folder: Path | None = None, episodes: pd.DataFrame | None = None) -> Panel:
    """Return a compiled panel.

    Args:
        folder: A compiled panel; by default the one in use (`panel_folder`).
        episodes: A catalogue in place of the repository's.

    Raises:
        FileNotFoundError: There is no panel.
        ValueError: Its manifest is damaged, or a table lacks columns.
    """
    source = folder or panel_folder()
    if not (source / "manifest.json").exists():
        raise FileNotFoundError(f"no panel at {source}: run `chokepoint ingest --from DIR` or restore data/starter")
    manifest = read_manifest(source / "manifest.json")
    tables = {path.stem: pd.read_parquet(path) for path in sorted(source.glob("*.parquet"))}
    require_columns(tables, source)
    return assemble(tables, read_episodes() if episodes is None else episodes, manifest)


def assemble(tables: dict[str, pd.DataFrame], episodes: pd.DataFrame, manifest: dict[str, object]) -> Panel:
    """Return the panel of compiled tables and a catalogue of episodes, which the rules extend.

    Args:
        tables: Compiled tables by name, `coverage` among them.
        episodes: The catalogue, under `contracts.forecasts.EPISODES`; rows of confidence L are no labels.
        manifest: The panel's manifest, of which `vintage` is required.
    """
    states = units()
    reached = calendar.month_index(_reach(episodes))
    last = max([reached, *(_newest(t) for n, t in tables.items() if n != "coverage")])
    grid = Grid(list(states["iso3"]), last + 1)
    bare = Panel(
        units=states,
        cubes=build_cubes(grid, tables),
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
