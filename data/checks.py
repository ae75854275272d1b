"""A new snapshot against the last good one of its family: what a publisher takes away is held back."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

SHRUNK_SHARE = 0.05
"""Publishers revise; a month that loses more than this share of its rows was more likely cut off."""
SHRUNK_ROWS = 2
_SHOWN = 3


@dataclass(frozen=True)
class Check:
    """What one comparison found."""

    name: str
    passed: bool
    message: str = ""


def compare(rows: pd.DataFrame, last: pd.DataFrame, header: Iterable[str], last_header: Iterable[str]) -> list[Check]:
    """Return the checks of a new snapshot's rows and columns against the last one's."""
    count, before = _by_month(rows), _by_month(last)
    gone = sorted(set(last_header) - set(header))
    return [
        _missing_months(count, before),
        _shrunk_months(count, before),
        Check("columns", not gone, f"columns gone: {', '.join(gone[:_SHOWN])}" if gone else ""),
    ]


def held_message(failed: list[Check], filename: str, sha12: str) -> str:
    """Say what failed and which command accepts the snapshot all the same."""
    reasons = "; ".join(check.message for check in failed)
    return (
        f"{filename} is held and the last good snapshot stays in use: {reasons}. "
        f"If the publisher means it: chokepoint ingest --accept {sha12}"
    )


def _missing_months(count: pd.Series, before: pd.Series) -> Check:
    missing = before[~before.index.isin(count.index)]
    found = [f"{month}: 0 rows, {rows} before" for month, rows in missing.items()]
    return Check("missing months", not found, _list("months missing", found))


def _shrunk_months(count: pd.Series, before: pd.Series) -> Check:
    both = before[before.index.isin(count.index)]
    now = count.reindex(both.index)
    shrunk = (both - now > SHRUNK_ROWS) & (both - now > SHRUNK_SHARE * both)
    found = [f"{month}: {now[month]} rows, {both[month]} before" for month in both.index[shrunk]]
    return Check("shrunk months", not found, _list("months shrunk", found))


def _list(title: str, found: list[str]) -> str:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{title}: {', '.join(found[:_SHOWN])}{more}" if found else ""


def _by_month(rows: pd.DataFrame) -> pd.Series:
    if "year" in rows:
        return rows.groupby("year").size()
    period = rows["month" if "month" in rows else "date"].dt.strftime("%Y-%m")
    return period.groupby(period).size()
