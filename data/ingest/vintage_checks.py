"""Checks of a new vintage against the last good one of its family; one that fails quarantines it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.sources.shared.source import Source, release_order
from data.tables.registry import row_tables

SHRUNK_SHARE = 0.05
"""Publishers revise; a month that loses more than this share of its rows was more likely truncated."""
SHRUNK_ROWS = 2
"""A month may lose this many rows whatever their share."""
DENSE_SHARE = 0.9
"""A file with rows in this share of its months reports every month: one without rows is a gap."""
RECODED_SHARE = 0.001
"""UCDP moves an event to another country now and then; more of them at once is another meaning of the code."""
_SHOWN = 3


@dataclass(frozen=True)
class VintageCheck:
    """Result of one check; `message` may report something that quarantines nothing."""

    name: str
    passed: bool
    message: str = ""


@dataclass(frozen=True)
class ParsedVintage:
    """A vintage as the checks compare it: parsed rows, the publisher's columns and release, and the meaning of codes."""

    rows: pd.DataFrame
    header: frozenset[str]
    release: str = ""
    codes: list[pd.Series] = field(default_factory=list)
    """For each pair in `Source.codes`: the meanings of each code, by code."""


def compare_vintages(new: ParsedVintage, last: ParsedVintage, source: Source) -> list[VintageCheck]:
    """Return every check of a new vintage against the last good one.

    Args:
        new: The vintage to check.
        last: The last good vintage of the same family.
        source: Their source, with its revision tolerance, newest known release and codes.
    """
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
    """Return the meanings of every code in a file.

    Args:
        read: Returns the named columns of the file.
        header: Names of all its columns.
        source: The source, whose `codes` pair the columns of a code with those of its meaning.

    Returns:
        For each pair a series of sets of meanings by code, empty where the layout lacks the columns.
    """
    meanings = []
    for codes, meant in source.codes:
        if not {*codes, *meant} <= header:
            meanings.append(pd.Series(dtype="str"))
            continue
        pairs = read((*codes, *meant)).astype("str").drop_duplicates()
        joined = {
            side: pairs[list(columns)].agg(" ".join, axis=1) for side, columns in (("code", codes), ("meant", meant))
        }
        meanings.append(pd.DataFrame(joined).groupby("code")["meant"].agg(frozenset))
    return meanings


def quarantine_message(failed: list[VintageCheck], filename: str, sha12: str) -> str:
    """Return the message of a quarantined file: the failed checks, and the command that accepts it all the same."""
    reasons = "; ".join(check.message for check in failed)
    return (
        f"{filename} is quarantined and the last good snapshot stays in use: {reasons}. "
        f"If the publisher means it: chokepoint ingest --accept {sha12}"
    )


def _missing_months(count: pd.Series, before: pd.Series) -> VintageCheck:
    missing = before[~before.index.isin(count.index)]
    months = [f"{month}: 0 rows, {rows} before" for month, rows in missing.items()]
    return VintageCheck("missing months", not months, _listed("months missing", months))


def _shrunk_months(count: pd.Series, before: pd.Series) -> VintageCheck:
    both = before[before.index.isin(count.index)]
    now = count.reindex(both.index)
    shrunk = (both - now > SHRUNK_ROWS) & (both - now > SHRUNK_SHARE * both)
    months = [f"{month}: {now[month]} rows, {both[month]} before" for month in both.index[shrunk]]
    return VintageCheck("shrunk months", not months, _listed("months shrunk", months))


def _gaps(count: pd.Series, before: pd.Series) -> VintageCheck:
    """Check for months without rows between months with rows, beyond those that the last vintage lacked too."""
    empty = _empty_months(count)
    if len(count) < DENSE_SHARE * (len(count) + len(empty)):
        return VintageCheck("gaps", True)
    known = {*_empty_months(before), *before.index}  # a month that was there and is gone is a missing month
    gaps = [month for month in empty if month not in known]
    return VintageCheck("gaps", not gaps, _listed("months without rows inside the file", gaps))


def _empty_months(count: pd.Series) -> list[str]:
    if count.index.dtype.kind in "iu":
        span = range(int(count.index.min()), int(count.index.max()) + 1)
        return [str(year) for year in span if year not in count.index]
    months = pd.period_range(count.index.min(), count.index.max(), freq="M").strftime("%Y-%m")
    return [month for month in months if month not in count.index]


def _columns(header: frozenset[str], before: frozenset[str]) -> VintageCheck:
    gone, new = sorted(before - header), sorted(header - before)
    added = _listed("columns new", new)
    if gone:
        renamed = "; renamed?" if new else ""
        return VintageCheck("columns", False, "; ".join(filter(None, [_listed("columns gone", gone), added])) + renamed)
    return VintageCheck("columns", True, added)


def _revised_values(rows: pd.DataFrame, last: pd.DataFrame, source: Source) -> VintageCheck:
    """Check the share of values in both vintages that were revised by more than the source's tolerance."""
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
    message = (
        f"values revised by more than {source.revision.by:.0%}: {moved.sum():,} of {len(both):,} ({share:.1%}) in {months:,} "
        f"{'years' if period == 'year' else 'months' if period == 'month' else 'days'}, median {change[moved].median():.0%}, sum {total:+.1%}"
    )
    return VintageCheck("revised values", share <= source.revision.share, message)


def _release(release: str, last: str, source: Source) -> VintageCheck:
    """Fail on a yearly release newer than any whose format was seen or that was accepted before."""
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
    recoded = []
    for (codes, meant), now, then in zip(source.codes, new, last, strict=True):
        shared = now.index.intersection(then.index)
        other = [code for code in shared if now[code].isdisjoint(then[code])]
        if len(other) > RECODED_SHARE * len(shared):
            recoded += [
                f"{' '.join(codes)} {code} is {' '.join(meant)} {_first(now[code])}, was {_first(then[code])}"
                for code in other
            ]
    return VintageCheck("codes", not recoded, _listed("codes with another meaning", recoded))


def _first(values: frozenset[str]) -> str:
    return min(values)


def _listed(title: str, cases: list[str]) -> str:
    more = f" and {len(cases) - _SHOWN} more" if len(cases) > _SHOWN else ""
    return f"{title}: {', '.join(cases[:_SHOWN])}{more}" if cases else ""


def _by_month(rows: pd.DataFrame) -> pd.Series:
    if "year" in rows:
        return rows.groupby("year").size()
    period = rows["month" if "month" in rows else "date"].dt.strftime("%Y-%m")
    return period.groupby(period).size()
