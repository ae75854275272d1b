"""Spans of coverage: where and when a missing row means zero."""

import numpy as np
import numpy.typing as npt
import pandas as pd

WORLD = "*"
"""`iso3` of a span that covers every country."""


def inside(rows: pd.DataFrame, spans: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows lie in one of the spans.

    Args:
        rows: with `iso3`, and `month` or `date`.
        spans: with `iso3` or "*", and first and last month, both included.
    """
    month = rows["month"] if "month" in rows else rows["date"].dt.to_period("M").dt.to_timestamp()
    covered = np.zeros(len(rows), bool)
    for iso3, first, last in spans[["iso3", "first", "last"]].itertuples(index=False):
        covered |= month.between(first, last).to_numpy() & ((iso3 == WORLD) | (rows["iso3"] == iso3).to_numpy())
    return covered


def whole_span(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return one span over the world from the first to the newest month of a table."""
    first, last = table["month"].min(), table["month"].max()
    return pd.DataFrame({"table": [name], "iso3": [WORLD], "first": [first], "last": [last]})
