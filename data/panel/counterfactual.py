"""Counterfactual panels: counts of one unit's newest months changed, and nothing else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.grid import Cube, Revisions
from data.panel.panel import Panel
from data.panel.view import View, as_of
from data.tables.registry import max_age_months

Floats = npt.NDArray[np.float32]
QUIET_MONTHS = 12
"""Unreported months that are assumed quiet: the longest span a feature sums, so that all of them are known."""


@dataclass(frozen=True)
class Edit:
    """A change of one column of one table over the newest months a unit's source has reported."""

    table: str
    column: str
    months: int
    change: Callable[[Floats], Floats]
    """From the counts of these months to what they would be."""
    stands_alone: bool = False
    """Whether the change has a meaning where nothing is known: its table's unreported months are then assumed quiet."""


@dataclass(frozen=True)
class EpisodeMonth:
    """A month of an episode the catalogue does not have: kind, and months before the origin."""

    kind: str
    months_ago: int


@dataclass(frozen=True)
class Counterfactual:
    """The panel before and after a change, which differ by the change alone, and the assumptions that this takes."""

    before: Panel
    """As reported, but quiet in the unreported months of a table whose change stands alone."""
    after: Panel
    quiet: dict[str, tuple[pd.Timestamp, pd.Timestamp]]
    """Table -> first and last month assumed quiet in both."""
    idle: list[Edit]
    """Edits that change nothing, as the months are unknown or zero."""
    last_known: dict[str, pd.Timestamp | None]
    """Table of an edit -> newest month reported of the unit; None where none was."""


def counterfactual(
    panel: Panel, origin: pd.Timestamp, iso3: str, edits: Sequence[Edit], marks: Sequence[EpisodeMonth] = ()
) -> Counterfactual:
    """Return a panel before and after changes of one unit's counts as known at an origin.

    Comparing an unknown count with twenty deaths would mix missing data with events, and unknown is not peace. So where a
    change stands alone, unreported months are assumed quiet on both sides.

    Args:
        panel: The panel as reported.
        origin: Month of the origin; later revisions and reports of the unit are left out.
        iso3: The unit.
        edits: Changes of counts over the newest reported months.
        marks: Months of episodes to add to the catalogue.

    Raises:
        ValueError: The origin lies outside the panel, or no unit has this code.
    """
    view, row = as_of(panel, origin), panel.iso3.index(iso3)
    known = {name: _settled(panel.cubes[name], view, row) for name in _tables(edits) if name in panel.cubes}
    newest = {name: _newest(view, name, row) for name in known}
    silent = {name for name, month in newest.items() if not _usable(view, name, month)}
    until = {name: view.index if name in silent else int(newest[name] or 0) for name in known}
    quiet: dict[str, tuple[pd.Timestamp, pd.Timestamp]] = {}
    for name in _tables(edit for edit in edits if edit.stands_alone and edit.table in known):
        known[name], filled = _filled(known[name], view.index, row, _span(known[name], until[name], QUIET_MONTHS))
        if filled:
            quiet[name] = calendar.month_at(filled[0]), calendar.month_at(filled[-1])
        silent.discard(name)
    changed, idle = dict(known), []
    for edit in edits:
        cube = changed.get(edit.table)
        if cube is None or edit.table in silent:
            idle.append(edit)
            continue
        changed[edit.table] = _changed(cube, row, _span(cube, until[edit.table], edit.months), edit)
        if changed[edit.table] is cube:
            idle.append(edit)
    return Counterfactual(
        before=replace(panel, cubes=panel.cubes | known),
        after=replace(_marked(panel, view.index, row, marks), cubes=panel.cubes | changed),
        quiet=quiet,
        idle=idle,
        last_known={name: None if month is None else calendar.month_at(month) for name, month in newest.items()},
    )


def _tables(edits: Iterable[Edit]) -> list[str]:
    return list(dict.fromkeys(edit.table for edit in edits))


def _settled(cube: Cube, view: View, row: int) -> Cube:
    """Return the cube with one unit's cells as known at the origin: later revisions would undo the change, later reports leak."""
    values, visible, revisions = cube.values.copy(), cube.visible.copy(), cube.revisions
    values[row, visible[row] > view.index] = np.nan
    if revisions is not None:
        reports = revisions.known_at(view.index)
        of_unit = reports.unit == row
        values[row, reports.month[of_unit]] = reports.values[of_unit]
        others = revisions.unit != row
        parts = (getattr(revisions, part)[others] for part in ("unit", "month", "visible", "values"))
        revisions = Revisions(*parts)
    return Cube(cube.names, values, visible, cube.first, revisions)


def _newest(view: View, table: str, row: int) -> int | None:
    age = view.age(table)[row]
    return view.index - int(age) if np.isfinite(age) else None


def _usable(view: View, table: str, newest: int | None) -> bool:
    return newest is not None and view.index - newest <= max_age_months(table)


def _span(cube: Cube, last: int, months: int) -> slice:
    """Return the columns of the months that end with one."""
    return slice(max(last - cube.first - months + 1, 0), last - cube.first + 1)


def _filled(cube: Cube, index: int, row: int, span: slice) -> tuple[Cube, list[int]]:
    """Return the cube with a unit's unknown cells of a span set to zero, and the indices of the months that had any."""
    values, visible = cube.values.copy(), cube.visible.copy()
    unknown = np.isnan(values[row, span])
    values[row, span] = np.where(unknown, 0, values[row, span])
    visible[row, span] = np.minimum(visible[row, span], index)
    months = np.flatnonzero(unknown.any(axis=1)) + span.start + cube.first
    return replace(cube, values=values, visible=visible), months.tolist()


def _changed(cube: Cube, row: int, span: slice, edit: Edit) -> Cube:
    """Return the cube after an edit, itself where that changes nothing."""
    if edit.column not in cube.names:
        return cube
    column = cube.names.index(edit.column)
    before = cube.values[row, span, column]
    after = edit.change(before)
    if np.array_equal(after, before, equal_nan=True):
        return cube
    values = cube.values.copy()
    values[row, span, column] = after
    return replace(cube, values=values)


def _marked(panel: Panel, index: int, row: int, marks: Sequence[EpisodeMonth]) -> Panel:
    """Return the panel with months of episodes that the catalogue does not have."""
    disrupted, known_from = dict(panel.disrupted), dict(panel.known_from)
    for mark in marks:
        month = index - mark.months_ago
        disrupted[mark.kind], known_from[mark.kind] = disrupted[mark.kind].copy(), known_from[mark.kind].copy()
        disrupted[mark.kind][row, month], known_from[mark.kind][row, month] = True, -1
    return replace(panel, disrupted=disrupted, known_from=known_from)
