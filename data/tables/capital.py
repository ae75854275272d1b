"""Fighting in and around the capital, each month from the best source there is; derived from other tables' cubes."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from data.grid import NEVER, Cube
from data.tables.shared.table import PanelTable

COLUMNS = ("deaths", "events", "deaths_around", "events_around", "basis")
FROM_RINGS, FROM_DISTRICTS, FROM_QUIET_COUNTRY = 0, 1, 2
"""Values of `basis`: where a month's numbers come from."""


def capital_area(cubes: Mapping[str, Cube]) -> Cube | None:
    """Return fighting in and around the capital from the best source of each month, which `basis` names.

    0: rings within 25 km, and 25 to 100 km around; 1: the capital's own and surrounding districts; 2: no deaths in the
    whole country, so none at the capital either. Where none of these holds the value is unknown, though its month is not:
    else the quiet months of a war, which alone are known, would pass for its newest ones.

    Args:
        cubes: `countries`, and `districts` and `rings` where there are any, values (units, months, columns).

    Returns:
        Cube (units, months, 5), deaths and events a month; None without `countries`.
    """
    if "countries" not in cubes:
        return None
    country = cubes["countries"]
    shape = country.visible.shape
    values = np.full((*shape, len(COLUMNS)), np.nan, np.float32)
    visible = country.visible.copy()

    def take(where: npt.NDArray[np.bool_], source: Cube, columns: list[npt.NDArray[np.float32]], basis: int) -> None:
        for k, column in enumerate(columns):
            values[where, k] = column[where]
        values[where, COLUMNS.index("basis")] = basis
        visible[where] = source.visible[where]

    quiet = (country.visible != NEVER) & (country.column("deaths") == 0)
    take(quiet, country, [np.zeros(shape, np.float32)] * 4, FROM_QUIET_COUNTRY)
    if "districts" in cubes:
        districts = cubes["districts"]
        columns = [districts.column(name) for name in ("deaths_core", "events_core", "deaths_ring", "events_ring")]
        take(districts.visible != NEVER, districts, columns, FROM_DISTRICTS)
    if "rings" in cubes:
        rings = cubes["rings"]
        inner, outer = (
            [rings.column(f"{m}_r{a}") + rings.column(f"{m}_r{b}") for m in ("deaths", "events")]
            for a, b in ((0, 1), (2, 3))
        )
        take(rings.visible != NEVER, rings, [*inner, *outer], FROM_RINGS)
    return Cube(COLUMNS, values, visible, country.first)


TABLE = PanelTable(
    name="capital",
    label="deaths and attacks within 100 km of the capital",
    derived_from=("countries", "districts", "rings"),
    derive=capital_area,
)
