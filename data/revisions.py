"""Dated versions to cells that say what was said at the time, and what replaced it when."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.grid import NEVER, Cube, Floats, Grid, Revisions

FINAL_RELEASE_MONTH = 6
"""UCDP's yearly release, which replaces the year's monthly numbers, comes out in June of the year after."""


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
    first = ~pd.Series(list(zip(rows, columns, strict=True))).duplicated().to_numpy()
    settled, totals = cube.values.copy(), cube.names.index("totals_only")
    values, seen, at = cube.values.copy(), cube.visible.copy(), cube.names.index("deaths")
    full = (settled[:, :, totals] == 0) & (seen != NEVER)

    def said(which: npt.NDArray[np.bool_]) -> Floats:
        cells = settled[rows[which], columns[which]]
        cells[:, at], cells[:, totals] = deaths[which], 1.0
        return cells

    values[rows[first], columns[first]] = said(first)
    seen[rows[first], columns[first]] = visible[first]
    final = first & full[rows, columns]
    ended = (columns[final] + cube.first) // 12 * 12 + 12 + FINAL_RELEASE_MONTH - 1
    unit, month = np.concatenate([rows[~first], rows[final]]), np.concatenate([columns[~first], columns[final]])
    when = np.concatenate([visible[~first], ended])
    what = np.concatenate([said(~first), settled[rows[final], columns[final]]])
    by_origin = np.argsort(when, kind="stable")
    revisions = Revisions(unit[by_origin], month[by_origin], when[by_origin], what[by_origin])
    return Cube(cube.names, values, seen, cube.first, revisions)


def quiet_or_not(country: Cube, revised: Revisions, values: Floats) -> Revisions:
    """Let a revision of the country's deaths make the capital quiet, or unknown, where nothing nearer tells of it."""
    basis = values[revised.unit, revised.month, 4]
    keep = np.isnan(basis) | (basis == 2)
    unit, month, when = revised.unit[keep], revised.month[keep], revised.visible[keep]
    quiet = revised.values[keep, country.names.index("deaths")] == 0
    made = np.where(quiet[:, None], np.array([0, 0, 0, 0, 2], np.float32), np.float32(np.nan))
    return Revisions(unit, month, when, made)
