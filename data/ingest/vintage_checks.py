"""A new snapshot against the last good one of its family: what a publisher takes away or turns round is quarantined."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.sources.shared.source import Source, release_order
from data.tables.registry import row_tables

SHRUNK_SHARE = 0.05
"""Publishers revise; a month that loses more than this share of its rows was more likely cut off."""
SHRUNK_ROWS = 2
DENSE_SHARE = 0.9
"""A file with rows in this share of its months reports every month: one without rows is a gap."""
RECODED_SHARE = 0.001
"""UCDP moves an event to another country now and then; more of them at once is another meaning of the code."""
_SHOWN = 3


@dataclass(frozen=True)
class VintageCheck:
    """What one comparison found; `message` may tell of something that holds nothing back."""

    name: str
    passed: bool
    message: str = ""


@dataclass(frozen=True)
class ParsedVintage:
    """One issue as the checks see it: parsed rows, the publisher's columns and release, and what its codes stood for."""

    rows: pd.DataFrame
    header: frozenset[str]
    release: str = ""
    codes: list[pd.Series] = field(default_factory=list)
    """For each pair in `Source.codes`: what a code stands for, by code."""


def compare(new: ParsedVintage, last: ParsedVintage, source: Source) -> list[VintageCheck]:
    """Return the checks of a new vintage against the last good one."""
    count, before = _by_month(new.rows), _by_month(last.rows)
    return [
        _missing_months(count, before),
        _shrunk_months(count, before),
        _gaps(count, before),
        _columns(new.header, last.header),
        _revised_values(new.rows, last.rows, source),
        _release(new.release, last.release, source),
        _codes(new.codes, last.codes, source),
    ]


def code_meanings(
    read: Callable[[tuple[str, ...]], pd.DataFrame], header: frozenset[str], source: Source
) -> list[pd.Series]:
    """Read what every code stands for in a file; `read` gives columns by name. Layouts without the columns tell nothing."""
    found = []
    for codes, meant in source.codes:
        if not {*codes, *meant} <= header:
            found.append(pd.Series(dtype="str"))
            continue
        pairs = read((*codes, *meant)).astype("str").drop_duplicates()
        joined = {
            side: pairs[list(columns)].agg(" ".join, axis=1) for side, columns in (("code", codes), ("meant", meant))
        }
        found.append(pd.DataFrame(joined).groupby("code")["meant"].agg(frozenset))
    return found


def quarantine_message(failed: list[VintageCheck], filename: str, sha12: str) -> str:
    """Say what failed and which command accepts the snapshot all the same."""
    reasons = "; ".join(check.message for check in failed)
    return (
        f"{filename} is quarantined and the last good snapshot stays in use: {reasons}. "
        f"If the publisher means it: chokepoint ingest --accept {sha12}"
    )


def _missing_months(count: pd.Series, before: pd.Series) -> VintageCheck:
    missing = before[~before.index.isin(count.index)]
    found = [f"{month}: 0 rows, {rows} before" for month, rows in missing.items()]
    return VintageCheck("missing months", not found, _list("months missing", found))


def _shrunk_months(count: pd.Series, before: pd.Series) -> VintageCheck:
    both = before[before.index.isin(count.index)]
    now = count.reindex(both.index)
    shrunk = (both - now > SHRUNK_ROWS) & (both - now > SHRUNK_SHARE * both)
    found = [f"{month}: {now[month]} rows, {both[month]} before" for month in both.index[shrunk]]
    return VintageCheck("shrunk months", not found, _list("months shrunk", found))


def _gaps(count: pd.Series, before: pd.Series) -> VintageCheck:
    """Look for months without rows between months with some; those that the last vintage lacked inside its span are known."""
    empty = _empty_months(count)
    if len(count) < DENSE_SHARE * (len(count) + len(empty)):
        return VintageCheck("gaps", True)
    known = {*_empty_months(before), *before.index}  # a month that was there and is gone is a missing month
    found = [month for month in empty if month not in known]
    return VintageCheck("gaps", not found, _list("months without rows inside the file", found))


def _empty_months(count: pd.Series) -> list[str]:
    if count.index.dtype.kind in "iu":
        span = range(int(count.index.min()), int(count.index.max()) + 1)
        return [str(year) for year in span if year not in count.index]
    months = pd.period_range(count.index.min(), count.index.max(), freq="M").strftime("%Y-%m")
    return [month for month in months if month not in count.index]


def _columns(header: frozenset[str], before: frozenset[str]) -> VintageCheck:
    gone, new = sorted(before - header), sorted(header - before)
    added = _list("columns new", new)
    if gone:
        renamed = "; renamed?" if new else ""
        return VintageCheck("columns", False, "; ".join(filter(None, [_list("columns gone", gone), added])) + renamed)
    return VintageCheck("columns", True, added)


def _revised_values(rows: pd.DataFrame, last: pd.DataFrame, source: Source) -> VintageCheck:
    """Count the values of rows in both vintages that moved by more than the source's tolerance."""
    table = row_tables()[source.table]
    measure, keys = table.measure, [key for key in table.contract.unique or [] if key != "source"]
    if not measure or not keys:
        return VintageCheck("revised values", True)
    period = next(c for c in ("month", "year", "date") if c in rows)
    both = rows[list(dict.fromkeys([*keys, period, measure]))].merge(
        last[[*keys, measure]], on=keys, suffixes=("", "_last")
    )
    now, then = both[measure], both[f"{measure}_last"]
    change = (now - then).abs() / np.maximum(now.abs(), then.abs()).replace(0, np.nan)
    moved = change.fillna(0) > source.revision.by
    if not moved.any():
        return VintageCheck("revised values", True)
    share = float(moved.mean())
    months = both.loc[moved, period].nunique()
    total = (now.sum() - then.sum()) / then.sum() if then.sum() else float("nan")
    said = (
        f"values revised by more than {source.revision.by:.0%}: {moved.sum():,} of {len(both):,} ({share:.1%}) in {months:,} "
        f"{'years' if period == 'year' else 'months' if period == 'month' else 'days'}, median {change[moved].median():.0%}, sum {total:+.1%}"
    )
    return VintageCheck("revised values", share <= source.revision.share, said)


def _release(release: str, last: str, source: Source) -> VintageCheck:
    """Ask about a yearly release newer than any whose format was seen or that was accepted before."""
    if not source.known_release or not release or release.startswith("to "):
        return VintageCheck("release", True)
    known = max(source.known_release, last if last and not last.startswith("to ") else "0", key=release_order)
    if release_order(release)[0] <= release_order(known)[0]:
        return VintageCheck("release", True)
    return VintageCheck(
        "release",
        False,
        f"release {release} is newer than {known}, the newest known; is this a new version of the data?",
    )


def _codes(new: list[pd.Series], last: list[pd.Series], source: Source) -> VintageCheck:
    found = []
    for (codes, meant), now, then in zip(source.codes, new, last, strict=True):
        shared = now.index.intersection(then.index)
        other = [code for code in shared if now[code].isdisjoint(then[code])]
        if len(other) > RECODED_SHARE * len(shared):
            found += [
                f"{' '.join(codes)} {code} is {' '.join(meant)} {_first(now[code])}, was {_first(then[code])}"
                for code in other
            ]
    return VintageCheck("codes", not found, _list("codes with another meaning", found))


def _first(values: frozenset[str]) -> str:
    return min(values)


def _list(title: str, found: list[str]) -> str:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{title}: {', '.join(found[:_SHOWN])}{more}" if found else ""


def _by_month(rows: pd.DataFrame) -> pd.Series:
    if "year" in rows:
        return rows.groupby("year").size()
    period = rows["month" if "month" in rows else "date"].dt.strftime("%Y-%m")
    return period.groupby(period).size()
