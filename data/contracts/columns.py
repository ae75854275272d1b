"""Columns that the contracts of several tables share, and the types a contract asks for."""

import pandera.pandas as pa
from pandera.engines.pandas_engine import DateTime

MONTH = DateTime(unit="us")
TEXT = str
ISO3 = pa.Column(TEXT, pa.Check.str_matches(r"^[A-Z]{3}$"))
SOURCE = pa.Column(TEXT)
AVAILABLE = pa.Column(MONTH)
MONTH_START = pa.Column(MONTH, pa.Check(lambda s: s.dt.day == 1, error="must be the first day of a month"))
YEAR = pa.Column("int64", pa.Check.in_range(1900, 2100))
COUNT = pa.Column("float64", pa.Check.ge(0))
COUNT_OR_NAN = pa.Column("float64", pa.Check.ge(0), nullable=True)
POSITIVE = pa.Column("float64", pa.Check.gt(0))
POSITIVE_OR_NAN = pa.Column("float64", pa.Check.gt(0), nullable=True)
LATITUDE = pa.Column("float64", pa.Check.in_range(-90, 90))
LONGITUDE = pa.Column("float64", pa.Check.in_range(-180, 180))
LATITUDE_OR_NAN = pa.Column("float64", pa.Check.in_range(-90, 90), nullable=True)
LONGITUDE_OR_NAN = pa.Column("float64", pa.Check.in_range(-180, 180), nullable=True)


def table(
    name: str, columns: dict[str, pa.Column], unique: list[str] | None = None, checks: list[pa.Check] | None = None
) -> pa.DataFrameSchema:
    """Return a contract that allows these columns and no others; `checks` compare columns."""
    return pa.DataFrameSchema(columns, checks, name=name, strict=True, ordered=False, unique=unique)


def dtypes(contract: pa.DataFrameSchema) -> dict[str, str]:
    """Return the pandas type of each column of a contract; dates have microseconds, which pandera calls datetime64[ns]."""
    names = {name: str(column.dtype.type) for name, column in contract.columns.items()}
    return {name: "datetime64[us]" if "datetime" in dtype else dtype for name, dtype in names.items()}
