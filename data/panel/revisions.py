"""What was said of a month at the time, and what replaced it when: dated versions, and vintages fetched one after another."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.panel.grid import NEVER, Cube, Floats, Grid, Revisions

FINAL_RELEASE_MONTH = 6
"""UCDP's yearly release, which replaces the year's monthly numbers, comes out in June of the year after."""
VINTAGES = ".vintages"
"""End of the name of a table that holds the cells of a cube of which vintages say different things."""


class Vintages:
    """The cells of one cube of which vintages, given from the oldest to the newest, say different things."""

    def __init__(self, oldest: Cube) -> None:
        self._oldest = oldest
        self._values, self._known = oldest.values.copy(), oldest.visible.copy()
        self._rows: list[Revisions] = []
        self._touched = np.zeros(oldest.visible.shape, bool)

    def add(self, cube: Cube, origin: int, before: int) -> None:
        """Compare with a vintage that origins from `origin` on may see; the one before it was looked at until `before`.

        What it tells first is known by publication lag, but not at an origin that saw an older vintage without it.
        """
        values, visible = _laid_on(self._oldest, cube)
        new = (self._known == NEVER) & (visible != NEVER)
        seen = np.minimum(np.maximum(visible, before + 1), origin)
        other = (self._known != NEVER) & ~_alike(values, self._values)
        self._touched |= other | new & (seen != visible)
        unit, month = np.nonzero(new | other)
        when = np.where(new[unit, month], seen[unit, month], origin)
        self._rows.append(Revisions(unit, month, when, values[unit, month]))
        self._values[new | other] = values[new | other]
        self._known[new] = seen[new]

    def table(self, iso3: Sequence[str]) -> pd.DataFrame:
        """Return what was said of each such cell: iso3, month, `known_from` (month of the first origin that may see it)
        and a column for each of the cube's."""
        unit, month = np.nonzero(self._touched & (self._oldest.visible != NEVER))
        begun = Revisions(
            unit, month, self._oldest.visible[unit, month].astype(np.int64), self._oldest.values[unit, month]
        )
        all_ = joined(begun, *self._rows)
        kept = self._touched[all_.unit, all_.month]
        frame = pd.DataFrame(all_.values[kept], columns=list(self._oldest.names))
        return frame.assign(
            iso3=[iso3[u] for u in all_.unit[kept]],
            month=_months(all_.month[kept] + self._oldest.first),
            known_from=_months(all_.visible[kept]),
        )


def _months(indices: npt.NDArray[np.int64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex([calendar.month_at(i) for i in indices.tolist()], dtype="datetime64[us]")


def _laid_on(oldest: Cube, cube: Cube) -> tuple[Floats, npt.NDArray[np.int32]]:
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


def as_said(cube: Cube, grid: Grid, table: pd.DataFrame | None) -> Cube:
    """Return the cube of the newest vintage with its cells as they were said first, and what was said later as revisions."""
    if table is None or table.empty:
        return cube
    if missing := [name for name in cube.names if name not in table]:
        raise ValueError(
            f"vintages lack {', '.join(missing)}: another version compiled them; run `chokepoint ingest` again"
        )
    order = table.sort_values(["known_from", "iso3", "month"], kind="stable")
    rows, columns, inside = Grid(grid.iso3, cube.values.shape[1], cube.first).cells(order)
    when, what = calendar.month_indices(order["known_from"]), order[list(cube.names)].to_numpy(np.float32)
    rows, columns, when, what = (a[inside] for a in (rows, columns, when, what))
    first = _firsts(rows, columns)
    values, visible = cube.values.copy(), cube.visible.copy()
    values[rows[first], columns[first]], visible[rows[first], columns[first]] = what[first], when[first]
    return Cube(
        cube.names,
        values,
        visible,
        cube.first,
        Revisions(rows[~first], columns[~first], when[~first], what[~first].astype(np.float32)),
    )


def _firsts(rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Mark the first line of each cell."""
    return np.asarray(~pd.DataFrame({"row": rows, "column": columns}).duplicated())


def in_real_time(cube: Cube, grid: Grid, dated: pd.DataFrame | None) -> Cube:
    """Let months that came out while versions were kept say what was said at the time, until the yearly release.

    The numbers that were known by publication lag (`cube`) come with that release; counts of events, which the versions
    do not hold, stay theirs throughout.
    """
    if dated is None or dated.empty:
        return cube
    order = dated.sort_values(["available_at", "iso3", "month"], kind="stable")
    rows, columns, inside = grid.cells(order)
    columns, visible = columns - (cube.first - grid.first), calendar.visible_from(order["available_at"])
    rows, columns, visible, deaths = (a[inside] for a in (rows, columns, visible, order["deaths"].to_numpy(np.float32)))
    first = _firsts(rows, columns)
    settled, totals = cube.values, cube.names.index("totals_only")
    values, seen, at = cube.values.copy(), cube.visible.copy(), cube.names.index("deaths")
    full = (settled[:, :, totals] == 0) & (seen != NEVER)

    def said(which: npt.NDArray[np.bool_]) -> Floats:
        cells = settled[rows[which], columns[which]]
        cells[:, at], cells[:, totals] = deaths[which], 1.0
        return cells

    # What is full before the yearly release of its year is out came with the month's own, and tells more from then on.
    ended = (columns + cube.first) // 12 * 12 + 12 + FINAL_RELEASE_MONTH - 1
    ended = np.where(ended < grid.first + grid.months, ended, seen[rows, columns])
    ended = np.where(full[rows, columns], ended, NEVER)
    values[rows[first], columns[first]] = said(first)
    seen[rows[first], columns[first]] = visible[first]
    final, then = first & (ended != NEVER), ~first & (visible < ended)
    return Cube(
        cube.names,
        values,
        seen,
        cube.first,
        joined(
            Revisions(rows[then], columns[then], visible[then], said(then)),
            Revisions(rows[final], columns[final], ended[final], settled[rows[final], columns[final]]),
            cube.revisions,
        ),
    )


def joined(*parts: Revisions | None) -> Revisions:
    """Put revisions together in the order of the origins that may see them; of one origin the later part's come last."""
    given = [part for part in parts if part is not None]
    unit, month, when = (
        np.concatenate([getattr(part, name) for part in given]) for name in ("unit", "month", "visible")
    )
    what = np.concatenate([part.values for part in given])
    order = np.argsort(when, kind="stable")
    return Revisions(unit[order], month[order], when[order], what[order])


def retold(made_of: Iterable[Cube], make: Callable[[int], Cube]) -> Revisions | None:
    """Return how a cube made of others changes whenever one of them is said otherwise; `make` gives it as of an origin."""
    given = [cube.revisions.visible for cube in made_of if cube.revisions is not None]
    if not given:
        return None
    parts, before = [], make(-1)
    for origin in np.unique(np.concatenate(given)).tolist():
        cube = make(origin)
        unit, month = np.nonzero(~_alike(cube.values, before.values))
        parts.append(Revisions(unit, month, np.full(len(unit), origin), cube.values[unit, month]))
        before = cube
    return joined(*parts)
