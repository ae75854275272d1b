"""Population and gross domestic product by country and year (World Bank)."""

import pandas as pd
import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, ISO3, POSITIVE, SOURCE, TEXT, YEAR
from data.tables.shared.layout import in_december
from data.tables.shared.recent_rows import recent_rows
from data.tables.shared.table import PanelTable, RowTable

ROWS = RowTable(
    columns.table(
        "economy",
        {
            "source": SOURCE,
            "iso3": ISO3,
            "year": YEAR,
            "indicator": pa.Column(TEXT, pa.Check.isin(("population", "gdp_usd"))),
            "value": POSITIVE,
            "available_at": AVAILABLE,
        },
        unique=["source", "iso3", "year", "indicator"],
    ),
    measure="value",
)


def by_indicator(table: pd.DataFrame) -> pd.DataFrame:
    """Return one column for each indicator, in the December of each year."""
    monthly = in_december(table)
    wide = monthly.pivot_table(index=["iso3", "month"], columns="indicator", values="value", aggfunc="last")
    return wide.join(monthly.groupby(["iso3", "month"])["available_at"].max()).reset_index()


TABLE = PanelTable(
    name="economy",
    label="population and economic output",
    reductions={"economy": recent_rows("economy")},
    contract=ROWS.contract,
    columns=by_indicator,
    expected_age_months=31,
    max_age_months=60,
)
