"""Label revisions: episodes since the frozen catalogue, and deaths since their first vintage."""

import numpy as np
import pandas as pd

from data import calendar
from data.panel.panel import Panel
from training.dataset.target import Outcomes
from training.monitoring.drift import COLUMNS, REVISED_LIMIT, TARGET

MOVED_BY = 0.1
"""Change of deaths, as a share of the first reported value, above which a country-month counts as revised."""


def label_revisions(panel: Panel, frozen: Outcomes, current: Outcomes) -> pd.DataFrame:
    """Return the rows of the drift table on labels: shares of episode months and of country-months revised.

    Args:
        panel: Panel with the vintages of deaths by country.
        frozen: Outcomes of one target by the frozen catalogue.
        current: Outcomes of the target by the current catalogue.

    Returns:
        Columns `drift.COLUMNS`. Deaths have no limit: vintages begin in 2024, after the years that calibrate limits.
    """
    until = min(frozen.until, current.until, panel.last) + 1
    before, now = frozen.ongoing[:, :until], current.ongoing[:, :until]
    episodes = float((before != now).sum() / max(before.sum(), 1))
    lines = [
        {
            "part": f"labels: {TARGET} since version 1",
            "measure": "share_revised",
            "share": 1.0,
            "value": episodes,
            "limit": REVISED_LIMIT,
            "flagged": episodes > REVISED_LIMIT,
            "until": f"{calendar.month_at(until - 1):%Y-%m}",
        },
        {
            "part": "labels: deaths by country since first said",
            "measure": "share_revised",
            "share": 1.0,
            "value": deaths_revised(panel),
            "limit": np.nan,
            "flagged": False,
            "until": f"{calendar.month_at(panel.last):%Y-%m}",
        },
    ]
    return pd.DataFrame(lines, columns=COLUMNS)


def deaths_revised(panel: Panel) -> float:
    """Return the share of country-months with several vintages whose deaths were revised by more than `MOVED_BY`.

    Returns:
        Share of the country-months with a revision visible up to the panel's last month; NaN without any.
    """
    cube = panel.cubes.get("countries")
    revisions = None if cube is None else cube.revisions
    if cube is None or revisions is None or not len(revisions.unit):
        return float("nan")
    at = cube.names.index("deaths")
    visible = revisions.visible <= panel.last
    last = pd.DataFrame(
        {"unit": revisions.unit[visible], "month": revisions.month[visible], "deaths": revisions.values[visible, at]}
    )
    last = last.drop_duplicates(["unit", "month"], keep="last")
    first = cube.values[last["unit"], last["month"], at]
    moved = np.abs(last["deaths"].to_numpy() - first) > MOVED_BY * np.maximum(first, 1)
    return float(moved.mean()) if len(last) else float("nan")
