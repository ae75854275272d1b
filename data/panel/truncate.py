"""The panel as of the end of a past month, for a retraining as it would have been made then."""

from dataclasses import replace

import pandas as pd

from data import calendar
from data.panel.episode_extension import RULE
from data.panel.panel import Panel


def truncate(panel: Panel, origin: pd.Timestamp) -> Panel:
    """Return the panel truncated at an origin, which becomes its newest one.

    Every cell is dated and no origin sees later ones, so only the end of the panel and of the catalogue have to move: an
    episode that went on is truncated, and one that began later is left out. The catalogue is known to the origin, or to
    where it has been reviewed if that is earlier, and the rules extend it from there.

    Raises:
        ValueError: The origin lies outside the panel.
    """
    index = calendar.month_index(origin)
    if not 0 < index <= panel.last:
        raise ValueError(
            f"{origin:%Y-%m} cannot be made as it was then: the panel reaches to "
            f"{calendar.month_at(panel.last):%Y-%m}; choose a month until then"
        )
    known_to = calendar.month_at(min(index, panel.known_to))
    curated = panel.episodes[(panel.episodes["source"] != RULE) & (panel.episodes["start"] <= known_to)]
    curated = curated.assign(end=curated["end"].clip(upper=known_to)).drop(columns="source").reset_index(drop=True)
    shorter = replace(panel, last=index)
    if index > panel.known_to:
        return shorter.extended(curated, known_to)
    return replace(shorter.with_episodes(curated), known_to=index)
