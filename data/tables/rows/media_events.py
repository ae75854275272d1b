"""Events that the news reported, one by one (GDELT)."""

import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, LATITUDE_OR_NAN, LONGITUDE_OR_NAN, MONTH, SOURCE, TEXT
from data.tables.shared.table import RowTable

ROWS = RowTable(
    columns.table(
        "media_events",
        {
            "source": SOURCE,
            "event_id": pa.Column(TEXT),
            "iso3": ISO3,
            "date": pa.Column(MONTH),
            "cameo_root": pa.Column(TEXT, pa.Check.str_matches(r"^(0[1-9]|1[0-9]|20)$")),
            "goldstein": pa.Column("float64", pa.Check.in_range(-10, 10), nullable=True),
            "mentions": COUNT,
            "tone": pa.Column("float64", nullable=True),
            "latitude": LATITUDE_OR_NAN,
            "longitude": LONGITUDE_OR_NAN,
            "available_at": AVAILABLE,
        },
        unique=["source", "event_id"],
    )
)
