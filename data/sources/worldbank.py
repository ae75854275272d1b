"""World Bank population and gross domestic product by country and year.

Two layouts: long (Country Name, Country Code, Year, Value) with the indicator in the file's name, and the
World Bank's own download with four lines above its header and one column per year. Regions and income groups
are dropped as aggregates.
"""

import pandas as pd

from data.sources.base import Parsed, Source, SourceError
from data.sources.countries import known
from data.sources.reading import read_header, read_table
from data.sources.rows import Rows

_INDICATOR = {"SP.POP.TOTL": "population", "NY.GDP.MKTP.CD": "gdp_usd"}
_LONG = ("Country Name", "Country Code", "Year", "Value")
_WIDE = ("Country Name", "Country Code", "Indicator Code")


def parse(raw: bytes, filename: str) -> Parsed:
    """Read one row per country, year and indicator; empty cells of the wide layout are no rows."""
    header = read_header(raw, filename)
    rows = Rows(_wide(raw, filename, header) if "Indicator Code" in header else _long(raw, filename), filename)
    aggregate = ~rows["Country Code"].isin(known())
    rows.drop(aggregate, "aggregate, not a country", rows["Country Name"])
    rows["iso3"] = rows["Country Code"]
    rows.year("Year")
    rows.number("Value")
    rows.drop(rows["Value"] <= 0, "value of zero or less", rows["Value"])
    rows["value"] = rows["Value"]
    rows.unique(["iso3", "year", "indicator"])
    return rows.parsed(SOURCE)


def _long(raw: bytes, filename: str) -> pd.DataFrame:
    named = [
        indicator for word, indicator in (("population", "population"), ("gdp", "gdp_usd")) if word in filename.lower()
    ]
    if len(named) != 1:
        raise SourceError(f"{filename}: the name does not tell the indicator; put `population` or `gdp` into it")
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
    columns=frozenset(_LONG),
    other_columns=(frozenset(_WIDE),),
)
