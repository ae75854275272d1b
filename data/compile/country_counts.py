"""Events to counts and deaths by country and month, where a source lists every event of the country."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.contracts.source_tables import EVENTS, VIOLENCE, WORLD, YEARLY
from data.geometry import MONTHLY_DATE


def count_by_country(events: pd.DataFrame, coverage: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return `countries` under source_tables.COUNTRIES and `coverage` with their spans; nothing where no span is listed whole.

    Files that hold well-placed events only say nothing of how precise a date is (date_prec), and their spans are left
    out. Events whose date is known only to the year (date_prec 5) count in no month.
    """
    spans = coverage[coverage["table"] == "events"]
    whole = spans.loc[[i for i in spans.index if events.loc[inside(events, spans.loc[[i]]), "date_prec"].notna().all()]]
    listed = events[inside(events, whole) & (events["date_prec"] <= MONTHLY_DATE)]
    if listed.empty:
        return {}
    month = listed["date"].dt.to_period("M").dt.to_timestamp().astype("datetime64[us]")
    kinds = {f"events_{kind}": (listed["violence"] == kind).astype("float64") for kind in VIOLENCE}
    grouped = listed.assign(month=month, **kinds).groupby(["source", "iso3", "month"], as_index=False)
    counted = grouped.agg(
        dict.fromkeys(kinds, "sum") | {"deaths": "sum", "available_at": "max"},
    )
    return {"countries": counted, "coverage": pd.concat([coverage, whole.assign(table="countries")])}


def inside(rows: pd.DataFrame, spans: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which rows, by `iso3` and `month` or `date`, lie in one of the spans (iso3 or "*", first, last)."""
    month = rows["month"] if "month" in rows else rows["date"].dt.to_period("M").dt.to_timestamp()
    found = np.zeros(len(rows), bool)
    for iso3, first, last in spans[["iso3", "first", "last"]].itertuples(index=False):
        found |= month.between(first, last).to_numpy() & ((iso3 == WORLD) | (rows["iso3"] == iso3).to_numpy())
    return found


def without_outdated(counted: pd.DataFrame, coverage: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Leave out of `countries` and its coverage what was counted from events before the yearly table came out.

    A Candidate month gives way to the yearly release, and an old file of events to a newer table: the one that reaches
    further is the later one.
    """
    yearly = counted.loc[counted["source"] == YEARLY, "month"].max()
    mine = (coverage["table"] == "countries") & (coverage["source"] == EVENTS)
    later = mine & ~(coverage["last"] <= yearly)
    kept = (counted["source"] != EVENTS) | inside(counted, coverage[later])
    return {"countries": counted[kept], "coverage": coverage[~mine | later]}
