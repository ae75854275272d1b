"""How far what was taken for true has been revised: episodes since the frozen catalogue, deaths since they were first said."""

import numpy as np
import pandas as pd

from data.panel.panel import Panel
from training.dataset.target import Outcomes
from training.monitoring.drift import COLUMNS, REVISED_LIMIT, TARGET

MOVED_BY = 0.1
"""Deaths that move by no more than this share of what was first said are no revision."""


def label_revisions(panel: Panel, frozen: Outcomes, current: Outcomes) -> pd.DataFrame:
    """Return lines of the drift table: the share of episode months said otherwise, and of country-months revised.

    Deaths have no limit: dated versions begin in 2024, after the years from which limits are taken.
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
        },
        {
            "part": "labels: deaths by country since first said",
            "measure": "share_revised",
            "share": 1.0,
            "value": deaths_revised(panel),
            "limit": np.nan,
            "flagged": False,
        },
    ]
    return pd.DataFrame(lines, columns=COLUMNS)


def deaths_revised(panel: Panel) -> float:
    """Return the share of country-months, of those that were said more than once, whose deaths moved; NaN without versions."""
    cube = panel.cubes.get("countries")
    made = None if cube is None else cube.revisions
    if cube is None or made is None or not len(made.unit):
        return float("nan")
    at = cube.names.index("deaths")
    seen = made.visible <= panel.last
    last = pd.DataFrame({"unit": made.unit[seen], "month": made.month[seen], "deaths": made.values[seen, at]})
    last = last.drop_duplicates(["unit", "month"], keep="last")
    first = cube.values[last["unit"], last["month"], at]
    moved = np.abs(last["deaths"].to_numpy() - first) > MOVED_BY * np.maximum(first, 1)
    return float(moved.mean()) if len(last) else float("nan")
