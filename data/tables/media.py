"""News of conflict and protest by country and month (GDELT)."""

import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, MONTH_START, SOURCE
from data.tables.shared.recent_rows import recent_rows
from data.tables.shared.table import PanelTable, RowTable

ROWS = RowTable(
    columns.table(
        "media",
        {
            "source": SOURCE,
            "iso3": ISO3,
            "month": MONTH_START,
            "conflict_events": COUNT,
            "protest_events": COUNT,
            "goldstein_mean": pa.Column("float64", pa.Check.in_range(-10, 10), nullable=True),
            "available_at": AVAILABLE,
        },
        unique=["source", "iso3", "month"],
    ),
    measure="conflict_events",
)

TABLE = PanelTable(
    name="media",
    label="news of conflict and protest",
    reductions={"media": recent_rows("media")},
    contract=ROWS.contract,
    expected_age_months=0,
    names_vintage=True,
)
