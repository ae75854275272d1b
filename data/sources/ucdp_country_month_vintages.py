"""Dated vintages of UCDP deaths by country and month, from the history of a public repository of aggregated totals.

One row per vintage, country and month. Months in which a vintage has no death in the whole world were not reported and
filled with zeros: the newest ones are left out (2026-03 in the vintage of 2026-04-02), and a vintage with such months
before others altogether (2026-03-14 lacks 2025). Of several vintages in a day the one that reaches furthest counts, then
the one with most rows. Vintages that end before an earlier one are repairs or accidents (2025-01-21 ends with 2023-12)
and are left out. Conf.csv spells countries as UCDP does; Hist.csv spells them as Natural Earth does and had only ten
months until March 2026: rows are matched by iso3, and a month that a vintage lacks keeps its earlier values. A new
spelling of the columns makes this fail.
"""

import numpy as np
import pandas as pd

from data import calendar
from data.sources.shared.countries import iso3_of
from data.sources.shared.reading import read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Parsed, Source

_REQUIRED = ("month", "country", "deaths", "commit_date", "file", "commit", "iso3")
_VERSION = ["commit_date", "file", "commit"]
_LAG_DAYS = 20


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse the first reported value of each month and country and its revisions, each with the day it became available."""
    frame = read_table(raw, filename, required=_REQUIRED)
    rows = SourceRows(frame.astype(dict.fromkeys(("country", "file", "commit", "iso3"), "category")), filename)
    named = rows.frame[["iso3", "country"]].drop_duplicates().astype("str")
    code = rows["iso3"].astype("str") + "/" + rows["country"].astype("str")
    codes = iso3_of(iso3=named["iso3"], name=named["country"])
    rows.country(code.map(dict(zip(named["iso3"] + "/" + named["country"], codes, strict=True))), rows["country"])
    rows.date("month", into="month")
    rows.date("commit_date", into="commit_date")
    rows.number("deaths", minimum=0)
    reported = _reported(rows.frame)
    changed = _changes(_in_sequence(reported)) if len(reported) else reported
    changed = changed.drop_duplicates(["iso3", "month", "available_at"], keep="last") if len(changed) else changed
    rows.drop(~rows["row"].isin(changed["row"]), "unchanged, or superseded by another version", rows["commit"])
    rows.frame = changed.reset_index(drop=True)
    return rows.parsed(SOURCE)


def _reported(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without months filled with zeros for the whole world, and without versions that have them inside."""
    world = (
        frame["deaths"]
        .groupby([frame[c] for c in (*_VERSION, "month")], observed=True)
        .sum()
        .rename("world")
        .reset_index()
    )
    end = world[world["world"] > 0].groupby(_VERSION, observed=True)["month"].max().rename("end").reset_index()
    world = world.merge(end, on=_VERSION)
    torn = world[(world["world"] == 0) & (world["month"] < world["end"])][_VERSION].drop_duplicates()
    kept = end.merge(torn, on=_VERSION, how="left", indicator=True).query("_merge == 'left_only'")
    joined = frame.merge(kept[[*_VERSION, "end"]], on=_VERSION)
    return joined[joined["month"] <= joined["end"]]


def _in_sequence(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of one version a day that reaches as far as all before it, in months newer than the first's."""
    versions = frame.groupby(_VERSION, observed=True).agg(end=("month", "max"), rows=("month", "size")).reset_index()
    daily = versions.sort_values(["commit_date", "end", "rows", "commit"]).drop_duplicates("commit_date", keep="last")
    onward = daily[daily["end"] >= daily["end"].cummax()]
    # What was first reported of the months in the first version is unknown.
    return frame.merge(onward[_VERSION], on=_VERSION).query(
        "month > @began", local_dict={"began": daily["end"].iloc[0]}
    )


def _changes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return each value that a version reports first or differently from the one before, with its day of availability."""
    issued = np.sort(frame["commit_date"].unique())
    ordered = frame.drop_duplicates(["iso3", "month", "commit_date"], keep="last").sort_values(
        ["iso3", "month", "commit_date"]
    )
    cell = ordered.groupby(["iso3", "month"], observed=True)["deaths"]
    first = cell.cumcount() == 0
    kept = ordered[first | (ordered["deaths"] != cell.shift())]
    first = first[kept.index]
    place = np.searchsorted(issued, kept["commit_date"].to_numpy())
    before = pd.Series(issued[np.maximum(place - 1, 0)], kept.index).where(place > 0, pd.Timestamp("1900-01-01"))
    # A month that is new in a version came out on its usual day, unless a version of later than that lacked it.
    usual = calendar.available_at(kept["month"], _LAG_DAYS)
    on_time = first & (usual > before) & (usual <= kept["commit_date"])
    known = kept.assign(available_at=usual.where(on_time, kept["commit_date"]).astype("datetime64[us]"), first=first)
    known = known[["row", "iso3", "month", "deaths", "available_at", "first"]]
    return pd.concat([known, _unlisted(known)]).drop(columns="first")


def _unlisted(known: pd.DataFrame) -> pd.DataFrame:
    """Return zeros for countries missing in the first version of a month: it lists those with deaths in any month."""
    reported_at = known.groupby("month")["available_at"].transform("min")
    late = known[known["first"] & (known["available_at"] > reported_at)]
    return late.assign(deaths=0, available_at=reported_at[late.index])


SOURCE = Source(
    name="ucdp_country_month_vintages",
    title="UCDP deaths by country and month, every dated version",
    publisher="Uppsala Conflict Data Program; aggregated by PaCE ConflictLab",
    url="https://github.com/conflictlab/Pace-map-risk",
    licence="CC BY 4.0",
    citation="Sundberg & Melander (2013), JPR 50(4); Hegre et al. (2020), Research & Politics; modified",
    table="country_vintages",
    cadence_days=31,
    lag_days=_LAG_DAYS,
    redistribute=True,
    format_seen="2026-11: ucdp_country_month_vintages_pace.parquet",
    parse=parse,
    address_seen="none of its own: put together from the history of a public repository",
    columns=frozenset({"country", "month", "deaths", "commit_date", "file", "commit"}),
)
