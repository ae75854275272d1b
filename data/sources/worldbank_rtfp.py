"""World Bank Real Time Food Prices: a food price index by country and month, partly estimated.

Missing prices are estimated from other markets and later months and revised every week, so a row is available from the
day of its issue, never from its own month. Two layouts: WLD_RTFP_country_<issue>.csv, and the pages of the
microdata library's table wld_2021_rtfp_v02_m, whose market named Market Average is the country's mean.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from data.sources.shared.countries import iso3_of
from data.sources.shared.pages import is_pages, read_json, read_pages
from data.sources.shared.reading import read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Download, Parsed, Publisher, RevisionTolerance, Source, SourceError

_TABLE = "https://microdata.worldbank.org/index.php/api/tables/{}/fcv/wld_2021_rtfp_v02_m"
_AVERAGE = "Market Average"
_PAGE_ROWS = 10_000
_COLUMNS = {"Open": "open", "High": "high", "Low": "low", "Close": "close", "Inflation": "inflation"}
_FIELDS = {
    "o_food_price_index": "Open",
    "h_food_price_index": "High",
    "l_food_price_index": "Low",
    "c_food_price_index": "Close",
    "inflation_food_price_index": "Inflation",
    "DATES": "date",
}
_ISSUE = re.compile(r"(\d{4}-\d\d-\d\d)")


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per country and month, available from the day of issue in the file's name."""
    issue = _ISSUE.search(filename)
    if issue is None:
        raise SourceError(f"{filename}: the name has no day of issue; name it as WLD_RTFP_country_2024-11-04.csv")
    required = (*_COLUMNS, "ISO3", "date")
    rows = SourceRows(
        _pages(raw, filename) if is_pages(raw) else read_table(raw, filename, required=required), filename
    )
    if "mkt_name" in rows:
        rows.drop(rows["mkt_name"] != _AVERAGE, "a market, not the country", rows["mkt_name"])
    rows.country(iso3_of(iso3=rows["ISO3"]), rows["ISO3"])
    rows.date("date", into="day")
    rows["month"] = rows["day"].dt.to_period("M").dt.to_timestamp()
    for column, name in _COLUMNS.items():
        rows.number(column, required=name == "close")
        rows[name] = rows[column]
    rows.unique(["iso3", "month"])
    rows["available_at"] = rows["month"].clip(lower=pd.Timestamp(issue[1])).astype("datetime64[us]")
    return rows.parsed(SOURCE, vintage=issue[1])


def plan(publisher: Publisher) -> Iterator[Download]:
    """List the newest issue, which the table's description names."""
    info = _TABLE.format("info")
    described = re.search(_ISSUE, str(read_json(publisher.read(info), "worldbank_rtfp: info")))
    if described is None:
        raise SourceError(f"worldbank_rtfp: {info}: expected a description with the day of issue, got none")
    fields = ",".join(["ISO3", "mkt_name", *_FIELDS])
    query = urlencode({"mkt_name": _AVERAGE, "fields": fields, "limit": _PAGE_ROWS})
    url = f"{_TABLE.format('data')}?{query}&offset="

    def pager(number: int, raw: bytes) -> tuple[int, str | None]:
        rows = len(_rows(read_json(raw, "the page"), "the page"))
        return rows, f"{url}{number * _PAGE_ROWS}" if rows >= _PAGE_ROWS else None

    issue = described[1]
    yield Download(f"{url}0", f"WLD_RTFP_country_{issue}.json.zip", version=issue, pager=pager)


def _rows(page: Any, filename: str) -> list[dict[str, Any]]:
    if not isinstance(page, dict) or not isinstance(page.get("data"), list):
        raise SourceError(f"{filename}: expected found, total and data, got {str(page)[:80]}; is this another release?")
    rows: list[dict[str, Any]] = page["data"]
    return rows


def _pages(raw: bytes, filename: str) -> pd.DataFrame:
    rows = [row for page in read_pages(raw, filename) for row in _rows(page, filename)]
    frame = pd.DataFrame(rows, index=range(1, len(rows) + 1)).rename(columns=_FIELDS)
    missing = [column for column in (*_COLUMNS, "ISO3", "mkt_name", "date") if column not in frame]
    if missing and rows:
        found = ", ".join(map(str, frame.columns[:12]))
        raise SourceError(f"{filename}: column {missing[0]!r} is missing; found {found}; is this another release?")
    return frame.astype("str")


SOURCE = Source(
    name="worldbank_rtfp",
    title="World Bank Real Time Food Prices by country",
    publisher="World Bank, Development Data Group",
    url="https://microdata.worldbank.org/index.php/catalog/4483",
    licence="CC BY 4.0, not restated in the files",
    citation="Andrée (2021), Monthly food price estimates by product and market, World Bank, WLD_2021_RTFP_v02_M",
    table="price_indices",
    cadence_days=7,
    lag_days=7,
    redistribute=False,
    format_seen="2026-11: wld_rtfp_country_2024-11-04.parquet; fields of the table in public programs",
    parse=parse,
    columns=frozenset({"Open", "High", "Low", "Close", "Inflation", "ISO3", "date"}),
    filename=re.compile(r"(?:^|/)WLD_RTFP_country_[\d-]+\.json\.zip$", re.IGNORECASE),
    addresses=(_TABLE.format("info"), _TABLE.format("data")),
    address_seen="2026-11: public programs that ask both; the parameter mkt_name is not documented",
    plan=plan,
    revision=RevisionTolerance(by=0.1, share=1.0),
)
