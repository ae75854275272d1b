"""ACLED's events: attacks, protests and changes of control, deadly or not."""

import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, LATITUDE, LONGITUDE, MONTH, SOURCE, TEXT
from data.tables.shared.table import RowTable

_PRECISION = pa.Column("float64", pa.Check.in_range(1, 3), nullable=True)

ROWS = RowTable(
    columns.table(
        "incidents",
        {
            "source": SOURCE,
            "event_id": pa.Column(TEXT),
            "iso3": ISO3,
            "date": pa.Column(MONTH),
            "event_type": pa.Column(TEXT),
            "sub_event_type": pa.Column(TEXT, nullable=True),
            "latitude": LATITUDE,
            "longitude": LONGITUDE,
            "deaths": COUNT,
            "place_prec": _PRECISION,
            "date_prec": _PRECISION,
            "available_at": AVAILABLE,
        },
        unique=["source", "event_id"],
    ),
    deletions="withdrawals",
)
