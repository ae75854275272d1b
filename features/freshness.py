"""Freshness flags of feature rows: tables that are stale or missing for a unit, sources with a quarantined vintage."""

import numpy as np
import pandas as pd

from data import calendar
from data.panel.view import View
from data.tables.registry import panel_tables
from features.registry import groups


def flags(view: View) -> pd.Series:
    """Return each unit's flags, separated by blanks, by ISO3; empty where every table is on time.

    `stale:<table>`: the newest reported month is older than the table's cadence and publication lag allow; it stands in
    for the months since. `missing:<table>`: it is older than the table's largest age, and the features are NaN.
    `held:<source>`: a newer vintage of the source is quarantined, and the last accepted one is used.
    """
    words: list[list[str]] = [[] for _ in view.panel.iso3]
    for table in sorted({table for group in groups() for table in group.tables}):
        age = view.age(table)
        missing = ~(age <= panel_tables()[table].max_age_months)
        stale = ~missing & (age > panel_tables()[table].expected_age_months)
        for marked, word in ((stale, f"stale:{table}"), (missing, f"missing:{table}")):
            for unit in np.flatnonzero(marked):
                words[unit].append(word)
    quarantined = quarantine_flags(view)
    return pd.Series([" ".join([*w, *quarantined]) for w in words], index=view.panel.iso3, name="flags")


def quarantine_flags(view: View) -> list[str]:
    """Return `held:<source>` for every source with a quarantined vintage that could have changed this origin.

    Those are origins from the month before the vintage was retrieved: earlier ones would not see it either way.
    """
    vintages = view.panel.manifest.get("held", [])
    entries = vintages if isinstance(vintages, list) else []
    return sorted(
        {
            f"held:{entry['source']}"
            for entry in entries
            if view.index >= calendar.month_index(pd.Timestamp(entry["retrieved_at"])) - 1
        }
    )
