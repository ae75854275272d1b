"""The catalogue of episodes as a feed: the months up to which somebody has reviewed it, for every capital."""

import numpy as np

from data.contracts.forecasts import TARGETS
from data.grid import NEVER, Cube, Grid
from data.tables.shared.table import PanelTable


def reviewed_months(grid: Grid, known_to: int) -> Cube:
    """Return a cube of the months that the catalogue covers.

    Args:
        grid: units and months of the panel.
        known_to: index of the month up to which the catalogue is complete.

    Returns:
        Cube (units, months, 1) whose cells up to `known_to` are visible from their own month on; later ones never are.
    """
    months = np.arange(grid.months, dtype=np.int32)
    shape = (len(grid.iso3), grid.months)
    visible = np.broadcast_to(np.where(months <= known_to, months, NEVER), shape).astype(np.int32)
    values = np.where(visible < NEVER, 1.0, np.nan).astype(np.float32)[:, :, None]
    return Cube(("reviewed",), values, visible)


TABLE = PanelTable(
    name="episodes",
    label="the catalogue of episodes",
    expected_age_months=1,
    max_age_months=12,
    evidence="episodes",
    needed_by=tuple(TARGETS),
)
