"""Events of organised violence: one row per event, with place, date, deaths and how precise each is known (UCDP GED)."""

import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, LATITUDE, LONGITUDE, MONTH, SOURCE, TEXT
from data.tables.shared.table import RowTable

VIOLENCE = ("state", "nonstate", "onesided")
"""UCDP's kinds of violence 1, 2 and 3."""

ROWS = RowTable(
    columns.table(
        "events",
        {
            "source": SOURCE,
            "event_id": pa.Column(TEXT),
            "iso3": ISO3,
            "date": pa.Column(MONTH),
            "latitude": LATITUDE,
            "longitude": LONGITUDE,
            "violence": pa.Column(TEXT, pa.Check.isin(VIOLENCE)),
            "deaths": COUNT,
            "where_prec": pa.Column("float64", pa.Check.in_range(1, 7), nullable=True),
            "date_prec": pa.Column("float64", pa.Check.in_range(1, 5), nullable=True),
            "district": pa.Column(TEXT, nullable=True),
            "available_at": AVAILABLE,
        },
        unique=["source", "event_id"],
    ),
    measure="deaths",
    withdrawn_by_release=True,
    reduction="rings, near, corridor and road counts from events",
)
