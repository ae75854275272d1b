"""The compiled tables that the rules read, and what the rules make of them: our own output, so a row that breaks one raises."""

import pandas as pd
import pandera.pandas as pa

from data.contracts.forecasts import KINDS
from data.contracts.source_tables import MONTH, TEXT

_KEYS = {
    "iso3": pa.Column(TEXT, pa.Check.str_matches(r"^[A-Z]{3}$")),
    "month": pa.Column(MONTH, pa.Check(lambda s: s.dt.day == 1, error="must be the first day of a month")),
    "available_at": pa.Column(MONTH),
}
_SOURCED = _KEYS | {"source": pa.Column(TEXT)}
_count = pa.Column("float64", pa.Check.ge(0))
_share = pa.Column("float64", pa.Check.ge(-10), nullable=True)

NEAR = pa.DataFrameSchema(
    {
        **_SOURCED,
        "radius_km": pa.Column("int8"),
        **dict.fromkeys(("events", "days", "deaths", "deaths_largest_event"), _count),
        **dict.fromkeys(("events_or_district", "days_or_district", "deaths_or_district"), _count),
    },
    name="near",
    strict=True,
    unique=["iso3", "month", "radius_km", "source"],
)
"""Compiled: events, days and deaths near the seat in force; `_or_district` with those placed to its own district."""

ROADS = pa.DataFrameSchema(
    {
        **_SOURCED,
        "sector": pa.Column("int8", pa.Check.in_range(0, 7)),
        "events": _count,
    },
    name="roads",
    strict=True,
    unique=["iso3", "month", "sector", "source"],
)
"""Compiled: events along the trunk roads to the capital by compass sector; an event near two roads counts once."""

SHOCKS = pa.DataFrameSchema(
    {
        **_SOURCED,
        "group": pa.Column(TEXT, pa.Check.isin(("fuel", "staple"))),
        **dict.fromkeys(("change_1m", "vs_median_6m", "change_1m_net", "vs_median_6m_net"), _share),
        "series": pa.Column("int64", pa.Check.ge(1)),
        "in_capital": pa.Column(bool),
    },
    name="prices",
    strict=True,
    unique=["iso3", "month", "group"],
)
"""Compiled: monthly price shocks in the capital's market, as shares."""

COMPILED = {schema.name: schema for schema in (NEAR, ROADS, SHOCKS)}
"""Compiled tables that the rules read."""

RULE_MONTHS = pa.DataFrameSchema(
    {
        **_KEYS,
        "kind": pa.Column(TEXT, pa.Check.isin(KINDS)),
        "confidence": pa.Column(TEXT, pa.Check.isin(("M", "PT"))),
        "reason": pa.Column(TEXT),
    },
    name="rule_months",
    strict=True,
    unique=["iso3", "kind", "month"],
)
"""Months that a rule calls disrupted, with the numbers; `available_at` is when its last source was published, to the month."""


Tables = dict[str, pd.DataFrame]


LIVE = frozenset({"rings", "districts", "countries", "media", "prices", "coups"})
"""Tables whose newest month names the vintage."""


USED = frozenset({*LIVE, "events", "country_vintages", "economy", "regime", "country_years"}) - {"rings"}
"""Tables of rows that the panel and its check total are made of; the others are kept, and not read."""
