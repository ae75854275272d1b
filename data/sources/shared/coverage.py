"""Coverage of a census: the spans in which a missing row means zero."""

import pandas as pd

from data import calendar
from data.sources.shared.source import Span

WORLD_COUNTRIES = 30
"""A month with rows in so many countries covers the world; GED's months have 19 to 40."""
SPAN_COUNTRIES = 15
SPAN_SHARE = 0.8
"""A file with `SPAN_COUNTRIES` countries in this share of its months covers the world in all of them."""
STRAY_MONTHS = 12
"""Rows in fewer months are no history: candidate files hold a few late additions to earlier months."""


def census(iso3: pd.Series, date: pd.Series) -> list[Span]:
    """Infer the coverage of a file of events from the number of countries with rows in a month.

    Args:
        iso3: Country of each event.
        date: Day of each event.

    Returns:
        Spans of the world ("*"), and those of single countries outside of them.
    """
    if iso3.empty:
        return []
    month = _month(date)
    span = pd.date_range(month.min(), month.max(), freq="MS")
    countries = iso3.groupby(month).nunique()
    if (countries >= SPAN_COUNTRIES).sum() >= SPAN_SHARE * len(span):
        return [("*", span[0], span[-1])]
    worldwide = countries.index[countries >= WORLD_COUNTRIES]
    return [("*", first, last) for first, last in calendar.month_runs(worldwide)] + _histories(iso3, month, worldwide)


def per_country(iso3: pd.Series, month: pd.Series) -> list[Span]:
    """Return one span per country, from its own first to its own last month."""
    spans = month.groupby(iso3).agg(["min", "max"])
    return [(str(code), first, last) for code, first, last in spans.itertuples()]


def full_span(iso3: pd.Series, month: pd.Series) -> list[Span]:
    """Return one span per country that occurs, from the first to the last month of the file."""
    return [(str(code), month.min(), month.max()) for code in sorted(iso3.unique())]


def _month(date: pd.Series) -> pd.Series:
    return date.dt.to_period("M").dt.to_timestamp()


def _histories(iso3: pd.Series, month: pd.Series, worldwide: pd.Index) -> list[Span]:
    elsewhere = ~month.isin(worldwide)
    months = month[elsewhere].groupby(iso3[elsewhere]).nunique()
    lasting = iso3.isin(months.index[months >= STRAY_MONTHS]) & elsewhere
    return per_country(iso3[lasting], month[lasting]) if lasting.any() else []
