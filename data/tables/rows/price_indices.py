"""Food price index by country, partly estimated from later months: known from the day of its publication only."""

import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, ISO3, MONTH_START, POSITIVE, POSITIVE_OR_NAN, SOURCE
from data.tables.shared.table import RowTable

ROWS = RowTable(
    columns.table(
        "price_indices",
        {
            "source": SOURCE,
            "iso3": ISO3,
            "month": MONTH_START,
            "open": POSITIVE_OR_NAN,
            "high": POSITIVE_OR_NAN,
            "low": POSITIVE_OR_NAN,
            "close": POSITIVE,
            "inflation": pa.Column("float64", nullable=True),
            "available_at": AVAILABLE,
        },
        unique=["source", "iso3", "month"],
    ),
    measure="close",
)
