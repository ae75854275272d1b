"""UCDP's deaths by country and year, which it adds up itself: the check total of the compiled panel."""

import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, SOURCE
from data.tables.shared.table import RowTable

ROWS = RowTable(
    columns.table(
        "country_years",
        {
            "source": SOURCE,
            "iso3": ISO3,
            "year": pa.Column("int64", pa.Check.ge(1946)),
            "deaths": COUNT,
            "available_at": AVAILABLE,
        },
        unique=["source", "iso3", "year"],
    ),
    measure="deaths",
)
