"""The months of episodes on the grid of units and months, by kind."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.catalogue import is_open
from data.contracts.forecasts import KINDS
from data.grid import Grid

Bools = npt.NDArray[np.bool_]


def marked_months(grid: Grid, episodes: pd.DataFrame) -> dict[str, Bools]:
    """Return by kind the months in which an episode was going on, shape (units, months).

    An episode that nobody has seen the end of goes on to the end of the grid.
    """
    marks = {kind: np.zeros((len(grid.iso3), grid.months), bool) for kind in KINDS}
    spans = episodes[["iso3", "kind", "start", "end"]]
    for row, goes_on in zip(spans.itertuples(index=False), is_open(episodes), strict=True):
        if row.iso3 in grid.row:
            until = grid.months if goes_on else calendar.month_index(row.end) + 1
            marks[row.kind][grid.row[row.iso3], calendar.month_index(row.start) : until] = True
    return marks
