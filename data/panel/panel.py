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
from data.catalogue import catalogue_known_to
from data.contracts.forecasts import KINDS
from data.grid import Cube, Grid
from data.panel.cubes import build_cubes
from data.panel.episode_extension import ExtendedCatalogue, extend, unextended
from data.panel.episode_rules import rule_months
from data.panel.folder import panel_folder, read_manifest, require_columns
from data.panel.marked_months import marked_months
from data.panel.seats import Seat, moved_seats
from data.reference_tables import read_episodes, units
from data.tables.episodes import reviewed_months

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
    """Kind of episode -> (units, months): whether one is going on; one that nobody has seen the end of goes on to the panel's end."""
    known_from: dict[str, Ints]
    """Kind of episode -> (units, months): first origin that may see it, -1 (any) for months of the catalogue."""
    seats: tuple[Seat, ...]
    """Seats of the states whose seat has moved, with what happened at each."""
    known_to: int
    """Index of the month up to which the catalogue is complete; what lies later in `episodes` was found by rules."""
    last: int
    """Index of the newest origin: the last complete month when the panel was built, or its newest month."""
    vintage: str
    member_from: Ints
    """(units,): index of the month from which each unit is a state."""
    manifest: dict[str, object] = field(default_factory=dict)

    @property
    def iso3(self) -> list[str]:
        """Return the ISO3 codes in the order of every array."""
        return list(self.units["iso3"])

    def with_episodes(self, episodes: pd.DataFrame) -> "Panel":
        """Return the same panel under another catalogue of episodes, which no rule extends and nobody has reviewed for longer."""
        labelled = episodes[episodes["confidence"] != "L"]
        return self._with(unextended(labelled), min(_newest_end(labelled), calendar.month_at(self.known_to)))

    def extended(self, episodes: pd.DataFrame, known_to: pd.Timestamp) -> "Panel":
        """Return the same panel under a catalogue that is complete up to a month and extended by the rules beyond it."""
        labelled = episodes[episodes["confidence"] != "L"]
        return self._with(extend(labelled, rule_months(self.cubes, self.iso3), known_to), known_to)

    def _with(self, catalogue: ExtendedCatalogue, known_to: pd.Timestamp) -> "Panel":
        grid = Grid(self.iso3, self.last + 1)
        index = calendar.month_index(known_to)
        return replace(
            self,
            cubes=self.cubes | {"episodes": reviewed_months(grid, index)},
            episodes=catalogue.episodes,
            disrupted=marked_months(grid, catalogue.episodes),
            known_from=_known_from(grid, catalogue.months),
            seats=moved_seats(grid, catalogue.episodes),
            known_to=index,
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
    if episodes is None:
        return assemble(tables, read_episodes(), manifest, catalogue_known_to())
    return assemble(tables, episodes, manifest)


def assemble(
    tables: dict[str, pd.DataFrame],
    episodes: pd.DataFrame,
    manifest: dict[str, object],
    known_to: pd.Timestamp | None = None,
) -> Panel:
    """Build the arrays of a panel.

    Args:
        tables: compiled tables by name, `coverage` among them.
        episodes: catalogue of episodes; beyond `known_to` the rules extend it.
        manifest: `vintage`, and `built_at`, the month before which is the newest origin unless a table reaches further.
        known_to: month up to which the catalogue is complete; by default the newest end of its labels.

    Returns:
        The panel.
    """
    states = units()
    reviewed = _newest_end(episodes) if known_to is None else known_to
    newest = [_newest(table) for name, table in tables.items() if name != "coverage"]
    last = max([calendar.month_index(reviewed), _last_complete(manifest), *newest])
    grid = Grid(list(states["iso3"]), last + 1)
    bare = Panel(
        units=states,
        cubes=build_cubes(grid, tables),
        episodes=episodes,
        disrupted={},
        known_from={},
        seats=(),
        known_to=calendar.month_index(reviewed),
        last=last,
        vintage=str(manifest["vintage"]),
        member_from=np.maximum(calendar.month_indices(states["member_from"]), 0),
        manifest=manifest,
    )
    return bare.extended(episodes, reviewed)


def _last_complete(manifest: dict[str, object]) -> int:
    """Return the index of the last month that was over when the panel was built; 0 where that is not written down."""
    built = manifest.get("built_at")
    return calendar.month_index(pd.Timestamp(str(built)).tz_localize(None)) - 1 if built else 0


def _newest_end(episodes: pd.DataFrame) -> pd.Timestamp:
    """Return the newest month of a catalogue's labels."""
    return pd.Timestamp(episodes.loc[episodes["confidence"] != "L", "end"].max())


def _newest(table: pd.DataFrame) -> int:
    return calendar.month_index(table["month"].max()) if "month" in table else 0


def _known_from(grid: Grid, months: pd.DataFrame) -> dict[str, Ints]:
    """Return the first origin that may see each month of each kind: any for the catalogue's, late for the rules'."""
    known = {kind: np.full((len(grid.iso3), grid.months), -1, np.int64) for kind in KINDS}
    rows, columns, inside = grid.cells(months)
    first = calendar.visible_from(months["available_at"])
    for i in np.flatnonzero(inside):
        known[months["kind"].iloc[i]][rows[i], columns[i]] = first[i]
    return known
