"""World Bank population and gross domestic product by country and year.

Three layouts: long (Country Name, Country Code, Year, Value) with the indicator in the file's name, the
World Bank's own download with four lines above its header and one column per year, and the pages of its
indicators API, version 2 (https://datahelpdesk.worldbank.org/knowledgebase/articles/889392). Regions and income
groups are dropped as aggregates.
"""

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from data.sources.shared.countries import known
from data.sources.shared.pages import is_pages, read_json, read_pages
from data.sources.shared.reading import read_header, read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Download, Parsed, Publisher, RevisionTolerance, Source, SourceError

_INDICATOR = {"SP.POP.TOTL": "population", "NY.GDP.MKTP.CD": "gdp_usd"}
_LONG = ("Country Name", "Country Code", "Year", "Value")
_API = "https://api.worldbank.org/v2/country/all/indicator"
_WIDE = ("Country Name", "Country Code", "Indicator Code")


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per country, year and indicator that has a value."""
    header = read_header(raw, filename)
    if is_pages(raw):
        frame = _api(raw, filename)
    else:
        frame = _wide(raw, filename, header) if "Indicator Code" in header else _long(raw, filename)
    rows = SourceRows(frame, filename)
    aggregate = ~rows["Country Code"].isin(known())
    rows.drop(aggregate, "aggregate, not a country", rows["Country Name"])
    rows["iso3"] = rows["Country Code"]
    rows.year("Year")
    rows.number("Value")
    rows.drop(rows["Value"] <= 0, "value of zero or less", rows["Value"])
    rows["value"] = rows["Value"]
    rows.unique(["iso3", "year", "indicator"])
    return rows.parsed(SOURCE)


def plan(publisher: Publisher) -> Iterator[Download]:
    """List one file per indicator, its version being the date of the last update on its first page."""
    for indicator in _INDICATOR:
        address = f"{_API}/{indicator}?format=json"
        head, _ = _page(read_json(publisher.read(f"{address}&per_page=1"), address))
        url = f"{address}&per_page=20000&page="

        def pager(number: int, raw: bytes, url: str = url) -> tuple[int, str | None]:
            head, rows = _page(read_json(raw, "the page"))
            return len(rows), f"{url}{number + 1}" if number < head["pages"] else None

        yield Download(
            f"{url}1", f"worldbank_{indicator}.json.zip", version=str(head.get("lastupdated", "")), pager=pager
        )


def _page(content: Any, filename: str = "the page") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return head and rows of a page; a wrong query gets status 200 and a message instead."""
    try:
        head, rows = content
        return head, rows if head["pages"] else []
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{filename}: expected [head, rows], got {str(content)[:120]}") from error


def _api(raw: bytes, filename: str) -> pd.DataFrame:
    rows = [row for page in read_pages(raw, filename) for row in _page(page, filename)[1] if row["value"] is not None]
    columns = {
        "Country Name": [row["country"]["value"] for row in rows],
        "Country Code": [row["countryiso3code"] for row in rows],
        "Year": [row["date"] for row in rows],
        "Value": [str(row["value"]) for row in rows],
        "indicator": [_INDICATOR.get(row["indicator"]["id"]) for row in rows],
    }
    frame = pd.DataFrame(columns, index=range(1, len(rows) + 1))
    if frame["indicator"].isna().any():
        raise SourceError(f"{filename}: another indicator than {', '.join(_INDICATOR)}; is this another release?")
    return frame


def _long(raw: bytes, filename: str) -> pd.DataFrame:
    named = [
        indicator for word, indicator in (("population", "population"), ("gdp", "gdp_usd")) if word in filename.lower()
    ]
    if len(named) != 1:
        raise SourceError(f"{filename}: the name does not name the indicator; put `population` or `gdp` into it")
    return read_table(raw, filename, required=_LONG).assign(indicator=named[0])


def _wide(raw: bytes, filename: str, header: frozenset[str]) -> pd.DataFrame:
    years = sorted(name for name in header if name.isdigit())
    if not years:
        raise SourceError(f"{filename}: no column of a year such as 2024; is this another release?")
    wide = read_table(raw, filename, required=(*_WIDE, *years))
    codes = wide["Indicator Code"].unique().tolist()
    unknown = [code for code in codes if code not in _INDICATOR]
    if unknown:
        raise SourceError(f"{filename}: indicator {unknown[0]!r}, expected one of {', '.join(_INDICATOR)}")
    long = wide.melt(_WIDE, years, var_name="Year", value_name="Value", ignore_index=False)
    long = long[long["Value"].astype("str").str.strip() != ""]
    return long.assign(indicator=long["Indicator Code"].map(_INDICATOR))


SOURCE = Source(
    name="worldbank",
    title="World Bank population and GDP",
    publisher="World Bank",
    url="https://data.worldbank.org/indicator/SP.POP.TOTL",
    licence="CC BY 4.0",
    citation="World Bank, World Development Indicators: SP.POP.TOTL, NY.GDP.MKTP.CD",
    table="economy",
    cadence_days=365,
    lag_days=540,
    redistribute=True,
    format_seen="2026-11: worldbank_population.parquet, worldbank_gdp_usd.parquet",
    parse=parse,
    filename=re.compile(r"worldbank_[A-Z.]+\.json\.zip$"),
    addresses=tuple(f"{_API}/{indicator}?format=json" for indicator in _INDICATOR),
    address_seen="2026-11: the API's documentation, public programs that read its pages",
    plan=plan,
    columns=frozenset(_LONG),
    other_columns=(frozenset(_WIDE),),
    revision=RevisionTolerance(by=0.05, share=0.2),
    codes=((("Country Code",), ("Country Name",)),),
)
