"""The rules that extend the catalogue, and how far the catalogue agrees with them and with Powell & Thyne."""

import numpy as np
import pandas as pd

from data import calendar
from data.panel import Panel

RADIUS_KM = 25
MIN_DEATHS = 25
MIN_EVENTS = 3
MIN_DAYS = 3
"""The fighting rule: this many deaths, events and days within the radius in one month; one day's killing is an attack."""
DECADES = ((1989, 1999), (2000, 2009), (2010, 2020))


def fighting_months(near: pd.DataFrame, radius_km: int = RADIUS_KM, min_deaths: float = MIN_DEATHS) -> pd.DataFrame:
    """Return the months (iso3, month, deaths) in which the fighting rule holds, from the panel's near table."""
    held = near[
        (near["radius_km"] == radius_km)
        & (near["deaths"] >= min_deaths)
        & (near["events"] >= MIN_EVENTS)
        & (near["days"] >= MIN_DAYS)
    ]
    return held[["iso3", "month", "deaths"]].sort_values(["iso3", "month"], ignore_index=True)


def in_catalogue(panel: Panel, months: pd.DataFrame, kinds: tuple[str, ...]) -> pd.Series:
    """Tell for each (iso3, month) whether an episode of one of these kinds covers it; months before membership are NaN."""
    row = months["iso3"].map({code: i for i, code in enumerate(panel.iso3)})
    column = calendar.month_indices(months["month"])
    covered = np.logical_or.reduce([panel.disrupted[k] for k in kinds])
    return pd.Series(covered[row.to_numpy(int), np.clip(column, 0, panel.last)], index=months.index)


def agreement(panel: Panel, near: pd.DataFrame, coups: pd.DataFrame) -> pd.DataFrame:
    """Return one row per check: what was looked for, how many there are, and how many the other side has too.

    The catalogue's fighting rows were partly found with the rule, so its agreement shows completeness, not accuracy.
    """
    known = set(panel.iso3)
    rule = fighting_months(near[near["iso3"].isin(known)])
    lines = [
        _line(
            "fighting rule months inside an episode of any kind",
            in_catalogue(panel, rule, tuple(panel.disrupted)),
        )
    ]
    lines += [
        _line(f"fighting episodes of {first}-{last} with a rule month", _episodes_with(panel, rule, first, last))
        for first, last in DECADES
    ]
    listed = coups[coups["iso3"].isin(known) & (coups["month"] >= calendar.FIRST_MONTH)]
    seizures = ("coup", "coup_attempt", "takeover", "uprising")
    lines.append(
        _line("Powell & Thyne coup months inside an episode of seizure", in_catalogue(panel, listed, seizures))
    )
    own = panel.episodes[panel.episodes["kind"].isin(("coup", "coup_attempt"))]
    own = own[own["start"] <= listed["month"].max()]
    keys = set(zip(listed["iso3"], listed["month"], strict=True))
    nearby = [any((e.iso3, m) in keys for m in calendar.month_range(e.start, e.end)) for e in own.itertuples()]
    lines.append(_line("coup and coup_attempt episodes with a Powell & Thyne month", pd.Series(nearby)))
    return pd.DataFrame(lines)


def disagreements(panel: Panel, near: pd.DataFrame, coups: pd.DataFrame) -> pd.DataFrame:
    """Return the rule months and coup months that the catalogue does not have (check, iso3, month)."""
    known = set(panel.iso3)
    rule = fighting_months(near[near["iso3"].isin(known)])
    listed = coups[coups["iso3"].isin(known) & (coups["month"] >= calendar.FIRST_MONTH)]
    seizures = ("coup", "coup_attempt", "takeover", "uprising")
    parts = [
        rule[~in_catalogue(panel, rule, tuple(panel.disrupted))].assign(check="fighting rule"),
        listed[~in_catalogue(panel, listed, seizures)].assign(check="Powell & Thyne"),
    ]
    return pd.concat(parts, ignore_index=True)[["check", "iso3", "month"]]


def _episodes_with(panel: Panel, rule: pd.DataFrame, first: int, last: int) -> pd.Series:
    fighting = panel.episodes[panel.episodes["kind"] == "fighting"]
    fighting = fighting[fighting["start"].dt.year.between(first, last)]
    months = {iso3: set(part["month"]) for iso3, part in rule.groupby("iso3")}
    hits = [any(e.start <= m <= e.end for m in months.get(e.iso3, ())) for e in fighting.itertuples()]
    return pd.Series(hits, dtype=bool)


def _line(check: str, hits: pd.Series) -> dict[str, object]:
    return {
        "check": check,
        "found": int(hits.sum()),
        "of": len(hits),
        "share": float(hits.mean()) if len(hits) else float("nan"),
    }
