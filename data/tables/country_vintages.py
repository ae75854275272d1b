"""UCDP's monthly deaths by country as first reported and as each later version reported them."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, MONTH_START, SOURCE
from data.grid import NEVER, Cube, Floats, Grid, Revisions, first_of_cell
from data.tables.shared.recent_rows import recent_rows
from data.tables.shared.table import PanelTable, RowTable

FINAL_RELEASE_MONTH = 6
"""UCDP's yearly release, which replaces the year's monthly numbers, comes out in June of the year after."""

ROWS = RowTable(
    columns.table(
        "country_vintages",
        {"source": SOURCE, "iso3": ISO3, "month": MONTH_START, "deaths": COUNT, "available_at": AVAILABLE},
        unique=["source", "iso3", "month", "available_at"],
    )
)
"""A version's number is known from its `available_at` until the next one's."""


def in_real_time(cube: Cube, grid: Grid, versions: pd.DataFrame) -> Cube:
    """Return the `countries` cube with deaths as reported at the time, until the yearly release replaces them.

    Cells complete before the yearly release of their year carry the first version's deaths and availability; later versions
    become visible when they came out, and the cell's own numbers when the yearly release does. Counts of events, which the
    versions do not hold, stay those of that release throughout.

    Args:
        cube: `countries`, values (units, months, columns), known by publication lag.
        grid: units and months of the panel.
        versions: the compiled table.
    """
    if versions.empty:
        return cube
    order = versions.sort_values(["available_at", "iso3", "month"], kind="stable")
    rows, months, inside = grid.cells(order)
    months, visible = months - (cube.first - grid.first), calendar.visible_from(order["available_at"])
    rows, months, visible, deaths = (a[inside] for a in (rows, months, visible, order["deaths"].to_numpy(np.float32)))
    first = first_of_cell(rows, months)
    totals, at = cube.names.index("totals_only"), cube.names.index("deaths")
    values, seen = cube.values.copy(), cube.visible.copy()
    complete = (cube.values[:, :, totals] == 0) & (seen != NEVER)

    def reported(which: npt.NDArray[np.bool_]) -> Floats:
        cells = cube.values[rows[which], months[which]]
        cells[:, at], cells[:, totals] = deaths[which], 1.0
        return cells

    ended = (months + cube.first) // 12 * 12 + 12 + FINAL_RELEASE_MONTH - 1
    ended = np.where(ended < grid.first + grid.months, ended, seen[rows, months])
    ended = np.where(complete[rows, months], ended, NEVER)
    values[rows[first], months[first]] = reported(first)
    seen[rows[first], months[first]] = visible[first]
    final, then = first & (ended != NEVER), ~first & (visible < ended)
    revisions = Revisions.joined(
        Revisions(rows[then], months[then], visible[then], reported(then)),
        Revisions(rows[final], months[final], ended[final], cube.values[rows[final], months[final]]),
        cube.revisions,
    )
    return Cube(cube.names, values, seen, cube.first, revisions)


TABLE = PanelTable(
    name="country_vintages",
    label="deaths in the country as reported at the time",
    reductions={"country_vintages": recent_rows("country_vintages")},
    contract=ROWS.contract,
    amends="countries",
    amend=in_real_time,
)
