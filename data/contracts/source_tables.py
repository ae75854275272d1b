"""What a source may give: the tables of publishers' rows, and the columns that all contracts share.

Rows from outside that break a contract are dropped and counted by `data.sources.base.Parsed`.
"""

import pandera.pandas as pa
from pandera.engines.pandas_engine import DateTime

MONTH = DateTime(unit="us")
TEXT = str
VIOLENCE = ("state", "nonstate", "onesided")
"""UCDP's kinds of violence 1, 2 and 3."""
ISO3 = pa.Column(TEXT, pa.Check.str_matches(r"^[A-Z]{3}$"))
_source = pa.Column(TEXT)
AVAILABLE = pa.Column(MONTH)
_first_day = pa.Check(lambda s: s.dt.day == 1, error="must be the first day of a month")
MONTH_START = pa.Column(MONTH, _first_day)
_count = pa.Column("float64", pa.Check.ge(0))
_count_or_nan = pa.Column("float64", pa.Check.ge(0), nullable=True)
_latitude = pa.Column("float64", pa.Check.in_range(-90, 90))
_longitude = pa.Column("float64", pa.Check.in_range(-180, 180))


def table(
    name: str, columns: dict[str, pa.Column], unique: list[str] | None = None, checks: list[pa.Check] | None = None
) -> pa.DataFrameSchema:
    """Return a contract that allows these columns and no others; `checks` compare columns."""
    return pa.DataFrameSchema(columns, checks, name=name, strict=True, ordered=False, unique=unique)


EVENTS = table(
    "events",
    {
        "source": _source,
        "event_id": pa.Column(TEXT),
        "iso3": ISO3,
        "date": pa.Column(MONTH),
        "latitude": _latitude,
        "longitude": _longitude,
        "violence": pa.Column(TEXT, pa.Check.isin(VIOLENCE)),
        "deaths": _count,
        "where_prec": pa.Column("float64", pa.Check.in_range(1, 7), nullable=True),
        "date_prec": pa.Column("float64", pa.Check.in_range(1, 5), nullable=True),
        "district": pa.Column(TEXT, nullable=True),
        "available_at": AVAILABLE,
    },
    unique=["source", "event_id"],
)

DISTRICTS = table(
    "districts",
    {
        "source": _source,
        "iso3": ISO3,
        "month": MONTH_START,
        "district": pa.Column(TEXT),
        "events_state": _count,
        "events_nonstate": _count,
        "events_onesided": _count,
        "deaths": _count,
        "available_at": AVAILABLE,
    },
    unique=["source", "iso3", "month", "district"],
)

COUNTRIES = table(
    "countries",
    {
        "source": _source,
        "iso3": ISO3,
        "month": MONTH_START,
        "events_state": _count_or_nan,
        "events_nonstate": _count_or_nan,
        "events_onesided": _count_or_nan,
        "deaths": _count,
        "available_at": AVAILABLE,
    },
    unique=["source", "iso3", "month"],
)

COUNTRY_VINTAGES = table(
    "country_vintages",
    {
        "source": _source,
        "iso3": ISO3,
        "month": MONTH_START,
        "deaths": _count,
        "available_at": AVAILABLE,
    },
    unique=["source", "iso3", "month", "available_at"],
)
"""Deaths as they were first said and each time they were said otherwise, known from `available_at` on."""

COUNTRY_YEARS = table(
    "country_years",
    {
        "source": _source,
        "iso3": ISO3,
        "year": pa.Column("int64", pa.Check.ge(1946)),
        "deaths": _count,
        "available_at": AVAILABLE,
    },
    unique=["source", "iso3", "year"],
)

PRICES = table(
    "prices",
    {
        "source": _source,
        "iso3": ISO3,
        "month": MONTH_START,
        "market": pa.Column(TEXT),
        "latitude": pa.Column("float64", pa.Check.in_range(-90, 90), nullable=True),
        "longitude": pa.Column("float64", pa.Check.in_range(-180, 180), nullable=True),
        "group": pa.Column(TEXT, pa.Check.isin(("fuel", "staple", "other"))),
        "commodity": pa.Column(TEXT),
        "unit": pa.Column(TEXT),
        "price_type": pa.Column(TEXT),
        "observed": pa.Column(bool),
        "currency": pa.Column(TEXT),
        "price": pa.Column("float64", pa.Check.gt(0)),
        "price_usd": pa.Column("float64", pa.Check.gt(0), nullable=True),
        "available_at": AVAILABLE,
    },
    unique=["source", "iso3", "month", "market", "commodity", "unit", "price_type", "currency"],
)

COUPS = table(
    "coups",
    {
        "source": _source,
        "iso3": ISO3,
        "date": pa.Column(MONTH),
        "outcome": pa.Column(TEXT, pa.Check.isin(("successful", "failed"))),
        "available_at": AVAILABLE,
    },
)

ECONOMY = table(
    "economy",
    {
        "source": _source,
        "iso3": ISO3,
        "year": pa.Column("int64", pa.Check.in_range(1900, 2100)),
        "indicator": pa.Column(TEXT, pa.Check.isin(("population", "gdp_usd"))),
        "value": pa.Column("float64", pa.Check.gt(0)),
        "available_at": AVAILABLE,
    },
    unique=["source", "iso3", "year", "indicator"],
)

REGIME = table(
    "regime",
    {
        "source": _source,
        "iso3": ISO3,
        "year": pa.Column("int64", pa.Check.in_range(1900, 2100)),
        "electoral_democracy": pa.Column("float64", pa.Check.in_range(0, 1)),
        "available_at": AVAILABLE,
    },
    unique=["source", "iso3", "year"],
)

MEDIA = table(
    "media",
    {
        "source": _source,
        "iso3": ISO3,
        "month": MONTH_START,
        "conflict_events": _count,
        "protest_events": _count,
        "goldstein_mean": pa.Column("float64", pa.Check.in_range(-10, 10), nullable=True),
        "available_at": AVAILABLE,
    },
    unique=["source", "iso3", "month"],
)

MEDIA_EVENTS = table(
    "media_events",
    {
        "source": _source,
        "event_id": pa.Column(TEXT),
        "iso3": ISO3,
        "date": pa.Column(MONTH),
        "cameo_root": pa.Column(TEXT, pa.Check.str_matches(r"^(0[1-9]|1[0-9]|20)$")),
        "goldstein": pa.Column("float64", pa.Check.in_range(-10, 10), nullable=True),
        "mentions": _count,
        "tone": pa.Column("float64", nullable=True),
        "latitude": pa.Column("float64", pa.Check.in_range(-90, 90), nullable=True),
        "longitude": pa.Column("float64", pa.Check.in_range(-180, 180), nullable=True),
        "available_at": AVAILABLE,
    },
    unique=["source", "event_id"],
)

INCIDENTS = table(
    "incidents",
    {
        "source": _source,
        "event_id": pa.Column(TEXT),
        "iso3": ISO3,
        "date": pa.Column(MONTH),
        "event_type": pa.Column(TEXT),
        "sub_event_type": pa.Column(TEXT, nullable=True),
        "latitude": _latitude,
        "longitude": _longitude,
        "deaths": _count,
        "place_prec": pa.Column("float64", pa.Check.in_range(1, 3), nullable=True),
        "date_prec": pa.Column("float64", pa.Check.in_range(1, 3), nullable=True),
        "available_at": AVAILABLE,
    },
    unique=["source", "event_id"],
)
"""ACLED's events: attacks, protests and changes of control, deadly or not."""

WITHDRAWALS = table(
    "withdrawals",
    {"source": _source, "event_id": pa.Column(TEXT), "date": pa.Column(MONTH), "available_at": AVAILABLE},
    unique=["source", "event_id"],
)
"""Events that their publisher has taken back; `date` is the day it did."""

WORLD_PRICES = table(
    "world_prices",
    {
        "source": _source,
        "month": MONTH_START,
        "commodity": pa.Column(TEXT),
        "unit": pa.Column(TEXT),
        "group": pa.Column(TEXT, pa.Check.isin(("fuel", "staple"))),
        "price": pa.Column("float64", pa.Check.gt(0)),
        "available_at": AVAILABLE,
    },
    unique=["source", "month", "commodity"],
)

PRICE_INDICES = table(
    "price_indices",
    {
        "source": _source,
        "iso3": ISO3,
        "month": MONTH_START,
        "open": pa.Column("float64", pa.Check.gt(0), nullable=True),
        "high": pa.Column("float64", pa.Check.gt(0), nullable=True),
        "low": pa.Column("float64", pa.Check.gt(0), nullable=True),
        "close": pa.Column("float64", pa.Check.gt(0)),
        "inflation": pa.Column("float64", nullable=True),
        "available_at": AVAILABLE,
    },
    unique=["source", "iso3", "month"],
)
"""Food price index by country, partly estimated from later months: known from the day of its issue only."""

TABLES = {
    schema.name: schema
    for schema in (
        EVENTS,
        DISTRICTS,
        COUNTRIES,
        COUNTRY_VINTAGES,
        COUNTRY_YEARS,
        PRICES,
        COUPS,
        ECONOMY,
        REGIME,
        MEDIA,
        MEDIA_EVENTS,
        INCIDENTS,
        WITHDRAWALS,
        WORLD_PRICES,
        PRICE_INDICES,
    )
}
"""What a source may give, by table name."""


WORLD = "*"


EVENTS, YEARLY = "ucdp_ged", "ucdp_country_month"
"""Sources of `countries`: counted from events as they come, and from the yearly release by somebody else."""
