"""The panel as it would be had more, or less, happened: counts of one unit's newest months changed, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.panel import DEFAULT_MAX_AGE_MONTHS, MAX_AGE_MONTHS, Panel, as_of

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Edit:
    """A change of one column of one table over the newest months a unit's source has reported."""

    table: str
    column: str
    months: int
    change: Callable[[Floats], Floats]
    """From the counts of these months to what they would be."""
    stands_alone: bool = False
    """Whether the change says something where nothing is known: what is not reported then counts as nothing."""


@dataclass(frozen=True)
class Marked:
    """A month of an episode the catalogue does not have: kind, and months before the origin."""

    kind: str
    months_ago: int


def edited(
    panel: Panel, origin: pd.Timestamp, iso3: str, edits: Sequence[Edit], marks: Sequence[Marked] = ()
) -> tuple[Panel, list[Edit]]:
    """Return a panel with a unit's counts changed, and the edits that met nothing known and so changed nothing."""
    view, row = as_of(panel, origin), panel.iso3.index(iso3)
    cubes, idle = dict(panel.cubes), []
    for edit in edits:
        cube = cubes.get(edit.table)
        age = view.age(edit.table)[row]
        stale = not age <= MAX_AGE_MONTHS.get(edit.table, DEFAULT_MAX_AGE_MONTHS)
        if cube is None or edit.column not in cube.names or (stale and not edit.stands_alone):
            idle.append(edit)
            continue
        last = view.index - cube.first - (0 if stale else int(age))
        span = slice(max(last - edit.months + 1, 0), last + 1)
        values, visible = cube.values.copy(), cube.visible.copy()
        column = cube.names.index(edit.column)
        before = values[row, span, column]
        known = np.nan_to_num(before) if edit.stands_alone else before
        after = edit.change(known)
        if np.array_equal(after, before, equal_nan=True):
            idle.append(edit)
            continue
        values[row, span, column] = after
        if stale:
            visible[row, span] = np.arange(span.start, span.stop) + cube.first
        cubes[edit.table] = replace(cube, values=values, visible=visible)
    disrupted, known_from = dict(panel.disrupted), dict(panel.known_from)
    for mark in marks:
        month = view.index - mark.months_ago
        disrupted[mark.kind], known_from[mark.kind] = disrupted[mark.kind].copy(), known_from[mark.kind].copy()
        disrupted[mark.kind][row, month], known_from[mark.kind][row, month] = True, -1
    return replace(panel, cubes=cubes, disrupted=disrupted, known_from=known_from), idle
