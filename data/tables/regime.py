"""Electoral democracy by country and year (V-Dem), known from the month after the yearly release."""

import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, ISO3, SOURCE, YEAR
from data.tables.shared.layout import in_december
from data.tables.shared.recent_rows import recent_rows
from data.tables.shared.table import PanelTable, RowTable

ROWS = RowTable(
    columns.table(
        "regime",
        {
            "source": SOURCE,
            "iso3": ISO3,
            "year": YEAR,
            "electoral_democracy": pa.Column("float64", pa.Check.in_range(0, 1)),
            "available_at": AVAILABLE,
        },
        unique=["source", "iso3", "year"],
    ),
    measure="electoral_democracy",
)

TABLE = PanelTable(
    name="regime",
    label="electoral democracy",
    reductions={"regime": recent_rows("regime")},
    contract=ROWS.contract,
    columns=in_december,
    expected_age_months=15,
    max_age_months=96,
    licence="CC BY-SA 4.0",
)
