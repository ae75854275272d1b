"""Publishers' country names and codes to ISO3; what the reference tables do not hold is unknown (NaN)."""

from functools import cache

import pandas as pd

from data.settings import REPOSITORY

_REFERENCE = REPOSITORY / "data" / "reference"
REMEDY = "add it to data/reference/country_names.csv"


def iso3_of(
    *, name: pd.Series | None = None, gwcode: pd.Series | None = None, iso3: pd.Series | None = None
) -> pd.Series:
    """Return ISO3 by Gleditsch-Ward code, else by name, else the file's own where that is a country's."""
    found = []
    if gwcode is not None:
        found.append(pd.to_numeric(gwcode, errors="coerce").map(_by_gwcode()))
    if name is not None:
        found.append(name.astype("str").str.strip().str.casefold().map(_by_name()))
    if iso3 is not None:
        codes = iso3.astype("str").str.strip().str.upper()
        found.append(codes.where(codes.isin(known())))
    result = found[0]
    for other in found[1:]:
        result = result.where(result.notna(), other)
    return result.astype("str")


def iso3_of_fips(fips: pd.Series) -> pd.Series:
    """Return ISO3 by FIPS 10-4 code, as GDELT writes countries."""
    return fips.str.strip().map(_by_fips()).astype("str")


@cache
def known() -> frozenset[str]:
    """Return every ISO3 code of the reference tables: ISO's own, Kosovo and states that are no more."""
    return frozenset(_table("country_names")["iso3"]) | frozenset(_table("fips_countries")["iso3"])


@cache
def _by_name() -> dict[str, str]:
    table = _table("country_names")
    return dict(zip(table["name"].str.casefold(), table["iso3"], strict=True))


@cache
def _by_gwcode() -> dict[float, str]:
    table = _table("country_names")
    table = table[table["gwcode"] != ""]
    return dict(zip(table["gwcode"].astype(float), table["iso3"], strict=True))


@cache
def _by_fips() -> dict[str, str]:
    table = _table("fips_countries")
    return dict(zip(table["fips"], table["iso3"], strict=True))


def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(_REFERENCE / f"{name}.csv", dtype=str, keep_default_na=False)
