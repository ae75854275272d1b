"""World market prices of fuel and staples by month."""

import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, MONTH_START, POSITIVE, SOURCE, TEXT
from data.tables.shared.table import RowTable

ROWS = RowTable(
    columns.table(
        "world_prices",
        {
            "source": SOURCE,
            "month": MONTH_START,
            "commodity": pa.Column(TEXT),
            "unit": pa.Column(TEXT),
            "group": pa.Column(TEXT, pa.Check.isin(("fuel", "staple"))),
            "price": POSITIVE,
            "available_at": AVAILABLE,
        },
        unique=["source", "month", "commodity"],
    ),
    measure="price",
)
