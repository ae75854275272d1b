"""A panel of one's own over the starter panel: what a machine's sources do not tell is taken from the older numbers."""

import pandas as pd

from data.compile.country_counts import inside
from data.contracts.panel_tables import Tables

CENSUS = dict.fromkeys(("rings", "near", "corridors", "roads"), "events") | {"districts": "districts"}
"""Compiled tables in which a missing row means zero where a span of this table covers it."""
_SERIES = ["source", "iso3", "group", "indicator"]


def laid_over(below: Tables, own: Tables) -> Tables:
    """Return the tables of a panel with what the one below it says beyond them.

    Of a census everything inside the spans it covers is its own. Of any other table a country's series is its own from
    its first to its last month or year.
    """
    joined: Tables = {}
    for name in sorted(below.keys() | own.keys()):
        if name not in own or name not in below:
            joined[name] = own.get(name, below.get(name))
        elif name == "coverage":
            joined[name] = pd.concat([own[name], below[name]], ignore_index=True).drop_duplicates()
        else:
            joined[name] = pd.concat(_parts(name, below[name], own), ignore_index=True)
    return joined


def _parts(name: str, below: pd.DataFrame, own: Tables) -> list[pd.DataFrame]:
    table = own[name]
    if name in CENSUS:
        spans = own["coverage"][own["coverage"]["table"] == CENSUS[name]]
        return [table[inside(table, spans)], below[~inside(below, spans)]]
    when = "year" if "year" in table else "month"
    series = [column for column in _SERIES if column in table]
    told = table.groupby(series)[when].agg(first="min", last="max")
    at = below[[*series, when]].join(told, on=series)
    return [table, below[~at[when].between(at["first"], at["last"])]]
