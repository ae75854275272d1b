"""Months, horizons, and the as-of instant at which knowledge is frozen."""

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

FIRST_MONTH = pd.Timestamp("1989-01-01")
"""First month of every panel: UCDP GED starts here."""

HORIZONS = tuple(range(1, 13))
"""Months after the origin for which a risk is forecast."""


def now() -> datetime:
    """Return the wall-clock time in UTC; no other function reads a clock."""
    return datetime.now(UTC)


def timestamp_now() -> pd.Timestamp:
    """Return the current second in UTC without a time zone, as tables have it."""
    return pd.Timestamp(now()).tz_localize(None).floor("s")


def parse_month(text: str) -> pd.Timestamp:
    """Parse YYYY-MM to the first day of that month; raise ValueError naming the text where it is of another form."""
    try:
        return pd.Timestamp(datetime.strptime(text, "%Y-%m"))  # noqa: DTZ007 - months are naive by design
    except ValueError as error:
        raise ValueError(f"month {text!r} is not of the form YYYY-MM, such as 2025-09") from error


def month_index(month: pd.Timestamp) -> int:
    """Return the index of a month: months since 1989-01, which is 0."""
    return (month.year - FIRST_MONTH.year) * 12 + month.month - FIRST_MONTH.month


def month_indices(months: pd.Series) -> npt.NDArray[np.int64]:
    """Return the month indices of a column of dates: months since 1989-01, an integer array of the same length."""
    dates = pd.to_datetime(months)
    return ((dates.dt.year - FIRST_MONTH.year) * 12 + dates.dt.month - FIRST_MONTH.month).to_numpy(np.int64)


def month_at(index: int) -> pd.Timestamp:
    """Return the first day of the month of an index, the inverse of `month_index`."""
    return pd.Timestamp(year=FIRST_MONTH.year + index // 12, month=index % 12 + 1, day=1)


def month_range(first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
    """Return every month from `first` to `last`, both included, ascending."""
    return [month_at(i) for i in range(month_index(first), month_index(last) + 1)]


def runs(indices: npt.ArrayLike, quiet: int = 0) -> list[tuple[int, int]]:
    """Return the runs of months that follow each other.

    Args:
        indices: months by index, in any order, a repeated one counting once.
        quiet: absent months in a row that do not end a run.

    Returns:
        First and last index of each run, both included, in ascending order.
    """
    at = np.unique(np.asarray(indices, np.int64))
    if not len(at):
        return []
    ends = np.flatnonzero(np.diff(at) > quiet + 1)
    first, last = at[np.append(0, ends + 1)], at[np.append(ends, len(at) - 1)]
    return list(zip(first.tolist(), last.tolist(), strict=True))


def month_runs(months: Iterable[pd.Timestamp]) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the first and last month of each run of months that follow each other."""
    return [(month_at(first), month_at(last)) for first, last in runs([month_index(month) for month in months])]


def as_of(origin: pd.Timestamp) -> pd.Timestamp:
    """Return the as-of instant of an origin, the first after its month: rows available by then may be used."""
    return month_at(month_index(origin) + 1)


def available_at(months: pd.Series, lag_days: int) -> pd.Series:
    """Return when rows became available: the end of their month plus the source's publication lag.

    Args:
        months: First days of the months that the rows are about.
        lag_days: Publication lag, days.
    """
    return pd.to_datetime(months) + pd.offsets.MonthBegin(1) + pd.Timedelta(days=lag_days)


def visible_from(available: pd.Series) -> npt.NDArray[np.int64]:
    """Return the first origin at whose as-of instant each row is available.

    Args:
        available: Availability of each row, naive UTC.

    Returns:
        Month indices; a row available exactly at the start of a month is visible from the origin before it.
    """
    dates = pd.to_datetime(available)
    late = (dates.dt.day > 1) | (dates != dates.dt.normalize())
    return month_indices(dates) - 1 + late.to_numpy(np.int64)
