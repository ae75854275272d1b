"""The description of a table of publishers' rows, and of a panel table made from such rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

import pandas as pd
import pandera.pandas as pa

from data.grid import Cube, Grid

Tables = dict[str, pd.DataFrame]
"""Compiled tables by name; `coverage` holds the spans in which a missing row means zero."""
Shared = TypeVar("Shared")


@dataclass(frozen=True)
class RowTable:
    """A table of publishers' rows, which one or more sources give under one contract (`Source.table`)."""

    contract: pa.DataFrameSchema
    measure: str = ""
    """Number whose revisions between two vintages are counted (`Source.revision` is the tolerance); empty for none."""
    withdrawn_by_release: bool = False
    """Whether a newer release withdraws the rows that it no longer lists of the spans it covers."""
    deletions: str = ""
    """Publishers' table that lists deleted rows of this one by `event_id`; empty where there is none."""
    reduction: str = ""
    """Name of a reduction that takes long, for the progress display."""

    @property
    def name(self) -> str:
        """Name of the table."""
        return str(self.contract.name)


@dataclass(frozen=True)
class Ingested:
    """The rows in use of one publishers' table, and the spans in which a missing row means zero."""

    rows: pd.DataFrame
    coverage: pd.DataFrame
    """Columns source, table, iso3 ("*" for the world), first and last month."""
    _computed: dict[object, object] = field(default_factory=dict, repr=False, compare=False)

    def shared(self, make: Callable[[pd.DataFrame], Shared]) -> Shared:
        """Return an intermediate result of these rows that several panel tables are reduced from, computed once."""
        if make not in self._computed:
            self._computed[make] = make(self.rows)
        return cast("Shared", self._computed[make])


Reduction = Callable[[Ingested], Tables]
"""Reduces publishers' rows to compiled tables; under `coverage` it may add spans of its own."""


@dataclass(frozen=True)
class PanelTable:
    """A table of the panel: compiled from publishers' rows and laid on unit x month, or derived from other cubes."""

    name: str
    label: str
    """What it counts or measures, in a sentence: "attacks on the supply corridors"."""
    reductions: Mapping[str, Reduction] = field(default_factory=dict)
    """Name of a table of publishers' rows -> how its rows are reduced; empty for a derived table and for the catalogue."""
    contract: pa.DataFrameSchema | None = None
    """Of the compiled table, which is our own output: a row that breaks it raises. None without reductions."""
    columns: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    """Spreads the compiled table over the cube's columns: one row per iso3 and month, with `available_at`."""
    census_of: str = ""
    """Publishers' table in whose coverage a missing row is a true zero, and a user's own rows replace the starter panel's
    span by span. Empty for series: a missing row is unknown, and a country's series is the user's own from its first to
    its last period."""
    cube: Callable[[Grid, pd.DataFrame, pd.DataFrame], Cube] | None = None
    """Lays the compiled table on the grid, given `coverage` too, where `columns` and `census_of` do not suffice."""
    supersede: Callable[[pd.DataFrame, pd.DataFrame], Tables] | None = None
    """Drops rows that a later source has superseded: takes the joined table and `coverage`, returns both under their names."""
    derived_from: tuple[str, ...] = ()
    derive: Callable[[Mapping[str, Cube]], Cube | None] | None = None
    """Makes the cube from those cubes of `derived_from` that exist; None where they do not suffice."""
    amends: str = ""
    amend: Callable[[Cube, Grid, pd.DataFrame], Cube] | None = None
    """Corrects the cube of the table `amends` by this compiled table, which has no cube of its own."""
    expected_age_months: int = 1
    """Age of the newest month when every feed is on time (cadence plus publication lag); an older one is stale."""
    max_age_months: int = 6
    """Age of the newest month beyond which the table counts as missing; slow conditions last longer than fighting."""
    evidence: str = ""
    """What it is evidence of for the targets; tables of the same evidence stand in for each other."""
    needed_by: tuple[str, ...] = ()
    """Targets that abstain where every table of this evidence is missing."""
    names_vintage: bool = False
    """Whether its newest month counts for the name of the panel's vintage."""
    licence: str = "see sources"
    """Licence in the manifest, where a table must stay in a file of its own."""
