"""Powell & Thyne's coups: successful and failed attempts since 1950.

Published as tab-separated text without ISO codes, one row per attempt with its day; a repacked CSV gives
months by ISO3, whose rows are dated to the first of the month. Known errors are corrected from
data/reference/coup_corrections.csv.
"""

from collections.abc import Iterator

import pandas as pd

from data.settings import REPOSITORY
from data.sources.shared.countries import iso3_of
from data.sources.shared.reading import read_header, read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Download, Parsed, Publisher, Source

_ADDRESS = "https://www.uky.edu/~clthyn2/coup_data/powell_thyne_coups_final.txt"
_ATTEMPTS = ("country", "year", "month", "day", "coup")
_MONTHS = ("country_iso3", "year_month", "pt_coup_successful", "pt_coup_failed")
_OUTCOME = {1: "failed", 2: "successful"}
CORRECTIONS = REPOSITORY / "data" / "reference" / "coup_corrections.csv"


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per coup or attempt; corrections of the publisher's errors are listed in `corrected`."""
    by_month = "pt_coup_successful" in read_header(raw, filename)
    rows = _months(raw, filename) if by_month else _attempts(raw, filename)
    corrected = _correct(rows)
    vintage = rows["version"].astype("str").max() if "version" in rows and len(rows.frame) else ""
    parsed = rows.parsed(SOURCE, vintage=vintage)
    parsed.corrected = corrected
    return parsed


def _attempts(raw: bytes, filename: str) -> SourceRows:
    rows = SourceRows(read_table(raw, filename, required=_ATTEMPTS, optional=("version",)), filename)
    rows.country(iso3_of(name=rows["country"]), rows["country"])
    parts = {part: pd.to_numeric(rows[part], errors="coerce") for part in ("year", "month", "day")}
    shown = rows["year"].astype("str") + "-" + rows["month"].astype("str") + "-" + rows["day"].astype("str")
    rows.dated(pd.to_datetime(parts, errors="coerce"), into="date", shown=shown.rename("year, month, day"))
    outcome = pd.to_numeric(rows["coup"], errors="coerce").map(_OUTCOME)
    rows.drop(outcome.isna(), "unknown value of coup", rows["coup"])
    rows["outcome"] = outcome
    return rows


def _months(raw: bytes, filename: str) -> SourceRows:
    rows = SourceRows(read_table(raw, filename, required=_MONTHS), filename)
    rows.country(iso3_of(iso3=rows["country_iso3"]), rows["country_iso3"])
    rows.date("year_month", into="date")
    for column in ("pt_coup_successful", "pt_coup_failed"):
        rows.number(column, minimum=0)
    count = rows["pt_coup_successful"] + rows["pt_coup_failed"]
    rows.drop(count == 0, "month without a coup", rows["year_month"])
    frame = rows.frame
    parts = [frame[frame[f"pt_coup_{o}"] > 0].assign(outcome=o) for o in ("successful", "failed")]
    rows.frame = pd.concat(parts, ignore_index=True)
    return rows


def _correct(rows: SourceRows) -> list[str]:
    """Apply the corrections table; return one sentence per corrected row."""
    table = pd.read_csv(CORRECTIONS, parse_dates=["date", "right_date"])
    corrected = []
    for wrong in table.itertuples(index=False):
        hit = (rows["iso3"] == wrong.iso3) & (rows["date"] == wrong.date)
        if hit.any():
            rows.frame.loc[hit, "iso3"] = wrong.right_iso3
            rows.frame.loc[hit, "date"] = wrong.right_date
            right = f"{wrong.right_iso3} {wrong.right_date:%Y-%m-%d}"
            corrected.append(
                f"row {rows.frame.loc[hit.idxmax(), 'row']}: {wrong.iso3} {wrong.date:%Y-%m-%d} is {right}"
            )
    return corrected


def plan(_publisher: Publisher) -> Iterator[Download]:
    """List the one file, which is replaced at every update."""
    yield Download(_ADDRESS, "powell_thyne_coups_final.txt")


SOURCE = Source(
    name="powell_thyne",
    title="Powell & Thyne coups d'état",
    publisher="J. Powell and C. Thyne",
    url="https://www.uky.edu/~clthyn2/coup_data/home.htm",
    licence="none stated; citation asked, only derived month counts are passed on",
    citation="Powell & Thyne (2011), Global instances of coups from 1950 to 2010, JPR 48(2)",
    table="coups",
    cadence_days=31,
    lag_days=14,
    redistribute=True,
    format_seen="2026-11: powell_thyne_coups_v2023_09_08.csv, powell_thyne_iso3_month_1985_plus.csv",
    parse=parse,
    addresses=(_ADDRESS,),
    address_seen="2026-08: public programs that fetch powell_thyne_coups_final.txt",
    plan=plan,
    columns=frozenset({"country", "ccode", "year", "month", "day", "coup"}),
    other_columns=(frozenset({"country_iso3", "year_month", "pt_coup_successful"}),),
    codes=((("ccode",), ("country",)),),
)
