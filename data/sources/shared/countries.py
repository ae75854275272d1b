"""Publishers' country names and codes to ISO3; those that the reference tables lack become NaN."""

from functools import cache

import pandas as pd

from data.settings import REPOSITORY

_REFERENCE = REPOSITORY / "data" / "reference"
REMEDY = "add it to data/reference/country_names.csv"


def iso3_of(
    *, name: pd.Series | None = None, gwcode: pd.Series | None = None, iso3: pd.Series | None = None
) -> pd.Series:
    """Return ISO3 codes by Gleditsch-Ward code, else by name, else the file's own code where it is a country's.

    Args:
        name: Publisher's country names, in any case.
        gwcode: Gleditsch-Ward codes.
        iso3: The file's own codes.

    Returns:
        Codes, NaN where none of them is known.
    """
    codes = []
    if gwcode is not None:
        codes.append(pd.to_numeric(gwcode, errors="coerce").map(_by_gwcode()))
    if name is not None:
        codes.append(name.astype("str").str.strip().str.casefold().map(_by_name()))
    if iso3 is not None:
        own = iso3.astype("str").str.strip().str.upper()
        codes.append(own.where(own.isin(known())))
    result = codes[0]
    for other in codes[1:]:
        result = result.where(result.notna(), other)
    return result.astype("str")


def iso3_of_fips(fips: pd.Series) -> pd.Series:
    """Return ISO3 by FIPS 10-4 code, as GDELT writes countries."""
    return fips.str.strip().map(_by_fips()).astype("str")


@cache
def known() -> frozenset[str]:
    """Return every ISO3 code of the reference tables: ISO's own, Kosovo's and those of former states."""
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
