"""Which feeds an origin's features lacked or had late, unit by unit."""

import numpy as np
import pandas as pd

from data import calendar
from data.panel.view import View
from data.tables.registry import panel_tables
from features.registry import groups


def flags(view: View) -> pd.Series:
    """Return, by ISO3, words such as `stale:countries missing:rings`; empty where every feed is on time.

    Stale: the newest month a unit's source has reported is older than the feed's cadence and publication lag allow, and
    stands in for the months since. Missing: nothing usable was reported, and the features are NaN. `held:ucdp_ged`: a
    check keeps a newer vintage of that source out, and the last good one stands in for it.
    """
    words: list[list[str]] = [[] for _ in view.panel.iso3]
    for table in sorted({table for group in groups() for table in group.tables}):
        age = view.age(table)
        missing = ~(age <= panel_tables()[table].max_age_months)
        stale = ~missing & (age > panel_tables()[table].expected_age_months)
        for marked, word in ((stale, f"stale:{table}"), (missing, f"missing:{table}")):
            for unit in np.flatnonzero(marked):
                words[unit].append(word)
    held = held_sources(view)
    return pd.Series([" ".join([*w, *held]) for w in words], index=view.panel.iso3, name="flags")


def held_sources(view: View) -> list[str]:
    """Return a flag for each source of which a newer vintage is held, at the origins that it could have told more of.

    Those are the months from the one before it came: what was known earlier is not changed by it.
    """
    held = view.panel.manifest.get("held", [])
    entries = held if isinstance(held, list) else []
    return sorted(
        {
            f"held:{entry['source']}"
            for entry in entries
            if view.index >= calendar.month_index(pd.Timestamp(entry["retrieved_at"])) - 1
        }
    )
