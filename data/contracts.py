"""The tables between stages: what every row must satisfy.

Ranges catch the impossible, not the unlikely. Rows from outside that break a contract are dropped and counted by
`data.sources.base.Parsed`; our own output that breaks one raises.
"""

import pandera.pandas as pa
from pandera.engines.pandas_engine import DateTime

MONTH = DateTime(unit="us")
TEXT = str
VIOLENCE = ("state", "nonstate", "onesided")
"""UCDP's kinds of violence 1, 2 and 3."""
KINDS = (
    "fighting",
    "siege",
    "supply",
    "shortage",
    "takeover",
    "coup",
    "coup_attempt",
    "uprising",
    "attack",
    "foreign_strike",
)
"""Kinds of episode in the catalogue."""
TARGETS = {
    "disruption": (
        "fighting",
        "foreign_strike",
        "siege",
        "supply",
        "shortage",
        "takeover",
        "coup",
        "coup_attempt",
        "uprising",
    ),
    "fighting": ("fighting", "foreign_strike"),
    "strangulation": ("siege", "supply", "shortage"),
    "seizure": ("takeover", "coup", "coup_attempt", "uprising"),
}
"""Kinds of episode that count for each target; an `attack` is an input, never a label."""
PARTS = tuple(target for target in TARGETS if target != "disruption")
"""The targets that disruption is made of."""

_iso3 = pa.Column(TEXT, pa.Check.str_matches(r"^[A-Z]{3}$"))
_source = pa.Column(TEXT)
_available = pa.Column(MONTH)
_first_day = pa.Check(lambda s: s.dt.day == 1, error="must be the first day of a month")
_month = pa.Column(MONTH, _first_day)
_count = pa.Column("float64", pa.Check.ge(0))
_count_or_nan = pa.Column("float64", pa.Check.ge(0), nullable=True)
_latitude = pa.Column("float64", pa.Check.in_range(-90, 90))
_longitude = pa.Column("float64", pa.Check.in_range(-180, 180))


def _table(name: str, columns: dict[str, pa.Column], unique: list[str] | None = None) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, name=name, strict=True, ordered=False, unique=unique)


EVENTS = _table(
    "events",
    {
        "source": _source,
        "event_id": pa.Column(TEXT),
        "iso3": _iso3,
        "date": pa.Column(MONTH),
        "latitude": _latitude,
        "longitude": _longitude,
        "violence": pa.Column(TEXT, pa.Check.isin(VIOLENCE)),
        "deaths": _count,
        "where_prec": pa.Column("float64", pa.Check.in_range(1, 7), nullable=True),
        "date_prec": pa.Column("float64", pa.Check.in_range(1, 5), nullable=True),
        "district": pa.Column(TEXT, nullable=True),
        "available_at": _available,
    },
    unique=["source", "event_id"],
)

DISTRICTS = _table(
    "districts",
    {
        "source": _source,
        "iso3": _iso3,
        "month": _month,
        "district": pa.Column(TEXT),
        "events_state": _count,
        "events_nonstate": _count,
        "events_onesided": _count,
        "deaths": _count,
        "available_at": _available,
    },
    unique=["source", "iso3", "month", "district"],
)

COUNTRIES = _table(
    "countries",
    {
        "source": _source,
        "iso3": _iso3,
        "month": _month,
        "events_state": _count_or_nan,
        "events_nonstate": _count_or_nan,
        "events_onesided": _count_or_nan,
        "deaths": _count,
        "available_at": _available,
    },
    unique=["source", "iso3", "month"],
)

COUNTRY_YEARS = _table(
    "country_years",
    {
        "source": _source,
        "iso3": _iso3,
        "year": pa.Column("int64", pa.Check.ge(1946)),
        "deaths": _count,
        "available_at": _available,
    },
    unique=["source", "iso3", "year"],
)

PRICES = _table(
    "prices",
    {
        "source": _source,
        "iso3": _iso3,
        "month": _month,
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
        "available_at": _available,
    },
    unique=["source", "iso3", "month", "market", "commodity", "unit", "price_type", "currency"],
)

COUPS = _table(
    "coups",
    {
        "source": _source,
        "iso3": _iso3,
        "date": pa.Column(MONTH),
        "outcome": pa.Column(TEXT, pa.Check.isin(("successful", "failed"))),
        "available_at": _available,
    },
)

ECONOMY = _table(
    "economy",
    {
        "source": _source,
        "iso3": _iso3,
        "year": pa.Column("int64", pa.Check.in_range(1900, 2100)),
        "indicator": pa.Column(TEXT, pa.Check.isin(("population", "gdp_usd"))),
        "value": pa.Column("float64", pa.Check.gt(0)),
        "available_at": _available,
    },
    unique=["source", "iso3", "year", "indicator"],
)

REGIME = _table(
    "regime",
    {
        "source": _source,
        "iso3": _iso3,
        "year": pa.Column("int64", pa.Check.in_range(1900, 2100)),
        "electoral_democracy": pa.Column("float64", pa.Check.in_range(0, 1)),
        "available_at": _available,
    },
    unique=["source", "iso3", "year"],
)

MEDIA = _table(
    "media",
    {
        "source": _source,
        "iso3": _iso3,
        "month": _month,
        "conflict_events": _count,
        "protest_events": _count,
        "goldstein_mean": pa.Column("float64", pa.Check.in_range(-10, 10), nullable=True),
        "available_at": _available,
    },
    unique=["source", "iso3", "month"],
)

MEDIA_EVENTS = _table(
    "media_events",
    {
        "source": _source,
        "event_id": pa.Column(TEXT),
        "iso3": _iso3,
        "date": pa.Column(MONTH),
        "cameo_root": pa.Column(TEXT, pa.Check.str_matches(r"^(0[1-9]|1[0-9]|20)$")),
        "goldstein": pa.Column("float64", pa.Check.in_range(-10, 10), nullable=True),
        "mentions": _count,
        "tone": pa.Column("float64", nullable=True),
        "latitude": pa.Column("float64", pa.Check.in_range(-90, 90), nullable=True),
        "longitude": pa.Column("float64", pa.Check.in_range(-180, 180), nullable=True),
        "available_at": _available,
    },
    unique=["source", "event_id"],
)

INCIDENTS = _table(
    "incidents",
    {
        "source": _source,
        "event_id": pa.Column(TEXT),
        "iso3": _iso3,
        "date": pa.Column(MONTH),
        "event_type": pa.Column(TEXT),
        "sub_event_type": pa.Column(TEXT, nullable=True),
        "latitude": _latitude,
        "longitude": _longitude,
        "deaths": _count,
        "place_prec": pa.Column("float64", pa.Check.in_range(1, 3), nullable=True),
        "date_prec": pa.Column("float64", pa.Check.in_range(1, 3), nullable=True),
        "available_at": _available,
    },
    unique=["source", "event_id"],
)
"""ACLED's events: attacks, protests and changes of control, deadly or not."""

WITHDRAWALS = _table(
    "withdrawals",
    {"source": _source, "event_id": pa.Column(TEXT), "date": pa.Column(MONTH), "available_at": _available},
    unique=["source", "event_id"],
)
"""Events that their publisher has taken back; `date` is the day it did."""

WORLD_PRICES = _table(
    "world_prices",
    {
        "source": _source,
        "month": _month,
        "commodity": pa.Column(TEXT),
        "unit": pa.Column(TEXT),
        "group": pa.Column(TEXT, pa.Check.isin(("fuel", "staple"))),
        "price": pa.Column("float64", pa.Check.gt(0)),
        "available_at": _available,
    },
    unique=["source", "month", "commodity"],
)

PRICE_INDICES = _table(
    "price_indices",
    {
        "source": _source,
        "iso3": _iso3,
        "month": _month,
        "open": pa.Column("float64", pa.Check.gt(0), nullable=True),
        "high": pa.Column("float64", pa.Check.gt(0), nullable=True),
        "low": pa.Column("float64", pa.Check.gt(0), nullable=True),
        "close": pa.Column("float64", pa.Check.gt(0)),
        "inflation": pa.Column("float64", nullable=True),
        "available_at": _available,
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

EPISODES = _table(
    "episodes",
    {
        "iso3": _iso3,
        "capital": pa.Column(TEXT),
        "start": _month,
        "end": _month,
        "kind": pa.Column(TEXT, pa.Check.isin(KINDS)),
        "confidence": pa.Column(TEXT, pa.Check.isin(("H", "M", "L", "PT"))),
        "reason": pa.Column(TEXT),
    },
    unique=["iso3", "kind", "start"],
)

FORECASTS = _table(
    "forecasts",
    {
        "origin": _month,
        "iso3": _iso3,
        "target": pa.Column(TEXT, pa.Check.isin(tuple(TARGETS))),
        "horizon": pa.Column("int64", pa.Check.in_range(1, 12)),
        "target_month": _month,
        "risk": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        "risk_low": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        "risk_high": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        "hazard": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        "state": pa.Column(TEXT, pa.Check.isin(("calm", "ongoing"))),
        "model": pa.Column(TEXT),
        "model_version": pa.Column(TEXT),
        "as_of": _available,
        "issued_at": _available,
        "data_vintage": pa.Column(TEXT),
        "flags": pa.Column(TEXT),
    },
    unique=["origin", "iso3", "target", "horizon", "model"],
)
"""Hub-style forecast rows; `flags` is a space-separated list, empty when every feed is fresh."""

BACKTEST = FORECASTS.add_columns(
    {"observed": pa.Column("float64", pa.Check.isin((0.0, 1.0)), nullable=True), "calm": pa.Column(bool)}
)
"""Forecast rows of the backtest with what happened; `observed` is NaN while the window is open."""
