"""World Food Programme market prices of food and fuel, one file per country on HDX.

The published CSV has a row of HXL tags (#date, #adm1+name, ...) under its header. `priceflag` is "actual" or
"aggregate" for observed prices; every other flag marks a forecast or an imputed value. Files from before 2022 have no
priceflag and carry the flag in `pricetype`. HDX is a CKAN: one search lists the country packages and
their files with the time of the last change (https://docs.ckan.org/en/latest/api/).
"""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.sources.shared.countries import iso3_of
from data.sources.shared.pages import read_json
from data.sources.shared.reading import read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Download, Parsed, Publisher, Source, SourceError

_SEARCH = (
    "https://data.humdata.org/api/3/action/package_search?q=name:wfp-food-prices-for-*&fq=organization:wfp&rows=500"
)
_REQUIRED = (
    "date",
    "market",
    "latitude",
    "longitude",
    "category",
    "commodity",
    "unit",
    "pricetype",
    "currency",
    "price",
)
_OPTIONAL = ("countryiso3", "iso3", "priceflag", "usdprice")
_FLAGS = frozenset({"actual", "aggregate", "forecast"})
_OBSERVED = frozenset({"actual", "aggregate"})
_FUEL = r"\b(?:fuel|diesel|petrol|gasoline|kerosene|gas|gasoil|lpg)\b"
_STAPLE = r"\b(?:bread|wheat flour|rice|maize|sorghum|millet|cassava|teff|wheat|fonio)\b"
_COUNTRY_FILE = re.compile(r"wfp_food_prices_([a-z]{3})\b", re.IGNORECASE)
_KEY = ["iso3", "month", "market", "commodity", "unit", "price_type", "currency"]


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per month, market, commodity, unit, kind of price and currency."""
    frame = read_table(raw, filename, required=_REQUIRED, optional=_OPTIONAL)
    tags = frame["date"].astype("str").str.startswith("#")
    rows = SourceRows(frame[~tags], filename)
    codes = _country(rows.frame, filename)
    rows.country(iso3_of(iso3=codes), codes)
    rows.date("date", into="day")
    rows["month"] = rows["day"].dt.to_period("M").dt.to_timestamp()
    for column in ("market", "commodity", "unit", "currency"):
        rows.text(column)
    rows.coordinates("latitude", "longitude", required=False)
    rows.number("price")
    rows.drop(rows["price"] <= 0, "price of zero or less", rows["price"])
    rows["price_usd"] = _positive(rows.frame.get("usdprice"), rows.frame.index)
    _flags(rows)
    _groups(rows)
    rows.unique(_KEY)
    return rows.parsed(SOURCE)


def plan(publisher: Publisher) -> Iterator[Download]:
    """List the country files of the panel's countries."""
    response = read_json(publisher.read(_SEARCH), "wfp_prices: package_search")
    try:
        files = [file for package in response["result"]["results"] for file in package["resources"]]
        named = {match[1].upper(): file for file in files if (match := _COUNTRY_FILE.search(file["url"]))}
        wanted = [named[iso3] for iso3 in sorted(named.keys() & publisher.countries)]
    except (KeyError, TypeError) as error:
        raise SourceError(
            f"wfp_prices: {_SEARCH}: expected CKAN packages with resources, {error} is missing"
        ) from error
    if not wanted:
        raise SourceError(f"wfp_prices: {_SEARCH}: expected files such as wfp_food_prices_mli.csv, got none")
    for file in wanted:
        version = file.get("last_modified") or ""
        yield Download(file["url"], file["url"].rpartition("/")[2], version=version)


def _country(frame: pd.DataFrame, filename: str) -> pd.Series:
    for column in ("countryiso3", "iso3"):
        if column in frame:
            return frame[column]
    match = _COUNTRY_FILE.search(filename)
    if not match:
        raise SourceError(
            f"{filename}: no column countryiso3 or iso3, and the name does not name the country; "
            "name the file as on HDX, such as wfp_food_prices_mli.csv"
        )
    return pd.Series(match[1].upper(), frame.index, dtype="str")


def _positive(values: pd.Series | None, index: pd.Index) -> pd.Series:
    if values is None:
        return pd.Series(np.nan, index)
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    return numbers.where((numbers > 0) & np.isfinite(numbers))


def _flags(rows: SourceRows) -> None:
    kind = rows["pricetype"].astype("str").fillna("").str.strip()
    misplaced = kind.str.lower().isin(_FLAGS)
    flag = rows.frame["priceflag"].astype("str").fillna("") if "priceflag" in rows else kind.where(misplaced, "")
    flag = flag.where(flag != "", kind.where(misplaced, "")).str.lower()
    rows["price_type"] = kind.mask(misplaced | (kind == ""), "unknown")
    observed = {text: set(re.split(r"\s*,\s*", text)) <= _OBSERVED | {""} for text in flag.unique()}
    rows["observed"] = flag.map(observed).astype(bool)


def _groups(rows: SourceRows) -> None:
    name = rows["commodity"].str.lower()
    category = rows["category"].astype("str").str.strip().str.lower()
    fuel = name.str.contains(_FUEL, regex=True)
    staple = (category == "cereals and tubers") | (name.str.contains(_STAPLE, regex=True) & (category != "non-food"))
    rows["group"] = np.select([fuel, staple], ["fuel", "staple"], "other")


SOURCE = Source(
    name="wfp_prices",
    title="WFP food and fuel prices by market",
    publisher="World Food Programme, on the Humanitarian Data Exchange",
    url="https://data.humdata.org/organization/wfp?q=food+prices",
    licence="CC BY-IGO 3.0",
    citation="World Food Programme, Food Prices, via the Humanitarian Data Exchange",
    table="prices",
    cadence_days=31,
    lag_days=45,
    redistribute=True,
    format_seen="2026-11: wfp_prices_13_countries.parquet; HDX layout as in wfp_food_prices_tcd.csv",
    parse=parse,
    addresses=(
        _SEARCH,
        "https://data.humdata.org/dataset/<package>/resource/<id>/download/wfp_food_prices_mli.csv",
    ),
    address_seen="2026-11: HDX HAPI's documentation of the CKAN interface; download addresses in public programs",
    plan=plan,
    columns=frozenset({"date", "market", "commodity", "unit", "pricetype", "currency", "price"}),
    codes=((("market", "commodity", "pricetype"), ("unit", "currency")),),
)
