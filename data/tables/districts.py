"""Deaths and events in the capital's own district and in the one around it, by month (UCDP by first-level district)."""

import pandas as pd
import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, MONTH_START, SOURCE, TEXT
from data.reference_tables import in_force, read_districts
from data.tables.shared.layout import pivot
from data.tables.shared.table import Ingested, PanelTable, RowTable, Tables

_COUNTS = dict.fromkeys(("events_state", "events_nonstate", "events_onesided", "deaths"), COUNT)
ROLES = ("core", "ring")
"""The capital's own district, and those around it."""

ROWS = RowTable(
    columns.table(
        "districts",
        {
            "source": SOURCE,
            "iso3": ISO3,
            "month": MONTH_START,
            "district": pa.Column(TEXT),
            **_COUNTS,
            "available_at": AVAILABLE,
        },
        unique=["source", "iso3", "month", "district"],
    ),
    measure="deaths",
    reduction="capital districts",
)

CONTRACT = columns.table(
    "districts",
    {
        "iso3": ISO3,
        "month": MONTH_START,
        "role": pa.Column(TEXT, pa.Check.isin(ROLES)),
        "source": SOURCE,
        **_COUNTS,
        "available_at": AVAILABLE,
    },
    unique=["iso3", "month", "role", "source"],
)


def sum_by_role(ingested: Ingested) -> Tables:
    """Add up the districts of each role for the seat of government in force in the month."""
    districts = ingested.rows.merge(read_districts(), on=["iso3", "district"])
    sums = (
        districts[in_force(districts)]
        .groupby(["iso3", "month", "role", "source"], as_index=False)
        .agg(
            events_state=("events_state", "sum"),
            events_nonstate=("events_nonstate", "sum"),
            events_onesided=("events_onesided", "sum"),
            deaths=("deaths", "sum"),
            available_at=("available_at", "max"),
        )
    )
    return {"districts": sums}


def by_role(table: pd.DataFrame) -> pd.DataFrame:
    """Return events and deaths in one column for each role."""
    events = table["events_state"] + table["events_nonstate"] + table["events_onesided"]
    return pivot(table.assign(events=events), table["role"], {"events": "events", "deaths": "deaths"}, ROLES)


TABLE = PanelTable(
    name="districts",
    label="events in the capital's district and around it",
    reductions={"districts": sum_by_role},
    contract=CONTRACT,
    columns=by_role,
    census_of="districts",
    names_vintage=True,
)
