"""The panel as of the end of a past month, for a retraining as it would have been made then."""

from dataclasses import replace

import pandas as pd

from data import calendar
from data.panel.panel import Panel


def truncate(panel: Panel, origin: pd.Timestamp) -> Panel:
    """Return the panel truncated at an origin, which becomes its newest one and the end of its catalogue.

    Every cell is dated and no origin sees later ones, so only the end of the panel and of the catalogue have to move: an
    episode that went on is truncated, and one that began later is left out.

    Raises:
        ValueError: The origin lies outside the months that the catalogue has reached.
    """
    index = calendar.month_index(origin)
    if not 0 < index <= panel.known_to:
        raise ValueError(
            f"{origin:%Y-%m} cannot be made as it was then: the catalogue of episodes reaches to "
            f"{calendar.month_at(panel.known_to):%Y-%m}; choose a month until then"
        )
    known = panel.episodes[panel.episodes["start"] <= origin]
    known = known.assign(end=known["end"].clip(upper=origin)).reset_index(drop=True)
    shorter = replace(panel, last=index).with_episodes(known)
    return replace(shorter, known_to=index)
