"""Events that their publisher has withdrawn; `date` is the day it did."""

import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, MONTH, SOURCE, TEXT
from data.tables.shared.table import RowTable

ROWS = RowTable(
    columns.table(
        "withdrawals",
        {"source": SOURCE, "event_id": pa.Column(TEXT), "date": pa.Column(MONTH), "available_at": AVAILABLE},
        unique=["source", "event_id"],
    )
)
