"""The user's own panel over the starter panel: what the user's sources do not cover is taken from the older numbers."""

import pandas as pd

from data.tables.registry import panel_tables
from data.tables.shared.spans import inside
from data.tables.shared.table import Tables

_SERIES = ["source", "iso3", "group", "indicator"]


def overlay(starter: Tables, own: Tables) -> Tables:
    """Return the user's own tables with the starter panel's rows beyond them.

    Of a census (`PanelTable.census_of`) everything inside the spans it covers is the user's own. Of any other table a
    country's series is the user's own from its first to its last month or year.
    """
    joined: Tables = {}
    for name in sorted(starter.keys() | own.keys()):
        if name not in own or name not in starter:
            joined[name] = own.get(name, starter.get(name))
        elif name == "coverage":
            joined[name] = pd.concat([own[name], starter[name]], ignore_index=True).drop_duplicates()
        elif census_of := panel_tables()[name].census_of:
            spans = own["coverage"][own["coverage"]["table"] == census_of]
            parts = [own[name][inside(own[name], spans)], starter[name][~inside(starter[name], spans)]]
            joined[name] = pd.concat(parts, ignore_index=True)
        else:
            joined[name] = pd.concat([own[name], _beyond(own[name], starter[name])], ignore_index=True)
    return joined


def _beyond(own: pd.DataFrame, starter: pd.DataFrame) -> pd.DataFrame:
    """Return the starter panel's rows of each series before the user's first and after the user's last period."""
    period = "year" if "year" in own else "month"
    series = [column for column in _SERIES if column in own]
    covered = own.groupby(series)[period].agg(first="min", last="max")
    at = starter[[*series, period]].join(covered, on=series)
    return starter[~at[period].between(at["first"], at["last"])]
