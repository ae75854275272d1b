"""The panel as it was at the end of a past month, for a retraining made afterwards as it would have been made then."""

from dataclasses import replace

import pandas as pd

from data import calendar
from data.panel.panel import Panel


def truncate(panel: Panel, origin: pd.Timestamp) -> Panel:
    """Return the panel whose newest origin is `origin` and whose catalogue ends there.

    What a feed said is dated cell by cell, and no origin sees more than it may; so only the end of the panel and of the
    catalogue have to move. An episode that went on is cut, and one that began later is not there. Raises ValueError
    outside the months that the catalogue has reached.
    """
    index = calendar.month_index(origin)
    if not 0 < index <= panel.reached:
        raise ValueError(
            f"{origin:%Y-%m} cannot be made as it was then: the catalogue of episodes reaches to "
            f"{calendar.month_at(panel.reached):%Y-%m}; choose a month until then"
        )
    known = panel.episodes[panel.episodes["start"] <= origin]
    known = known.assign(end=known["end"].clip(upper=origin)).reset_index(drop=True)
    shorter = replace(panel, last=index).with_episodes(known)
    return replace(shorter, reached=index)
