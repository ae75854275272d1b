"""The contracts of the tables between stages; those of publishers' rows and of the panel's tables are in `data.tables`.

Ranges catch the impossible, not the unlikely. Rows from outside that break a contract are dropped and counted by
`data.sources.shared.rows`; our own output that breaks one raises.
"""

import pandera.pandas as pa

from data.contracts.columns import AVAILABLE, ISO3, MONTH_START, TEXT, table

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
STATES = ("calm", "ongoing", "abstained")
"""Of a target at an origin: only calm ones have a risk; abstained ones lack data that the target needs."""
PARTS = tuple(target for target in TARGETS if target != "disruption")
"""The targets that disruption is made of."""

EPISODES = table(
    "episodes",
    {
        "iso3": ISO3,
        "capital": pa.Column(TEXT),
        "start": MONTH_START,
        "end": MONTH_START,
        "kind": pa.Column(TEXT, pa.Check.isin(KINDS)),
        "confidence": pa.Column(TEXT, pa.Check.isin(("H", "M", "L", "PT"))),
        "reason": pa.Column(TEXT),
        "last_confirmed": pa.Column("datetime64[us]", nullable=True, required=False),
        "evidence": pa.Column(TEXT, required=False),
    },
    unique=["iso3", "kind", "start"],
)

FORECASTS = table(
    "forecasts",
    {
        "origin": MONTH_START,
        "iso3": ISO3,
        "target": pa.Column(TEXT, pa.Check.isin(tuple(TARGETS))),
        "horizon": pa.Column("int64", pa.Check.in_range(1, 12)),
        "target_month": MONTH_START,
        "risk": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        "risk_low": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        "risk_high": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        "hazard": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        "state": pa.Column(TEXT, pa.Check.isin(STATES)),
        "model": pa.Column(TEXT),
        "model_version": pa.Column(TEXT),
        "as_of": AVAILABLE,
        "issued_at": AVAILABLE,
        "data_vintage": pa.Column(TEXT),
        "flags": pa.Column(TEXT),
    },
    unique=["origin", "iso3", "target", "horizon", "model"],
    checks=[
        pa.Check(
            lambda t: ~((t["risk_low"] > t["risk"] + 1e-9) | (t["risk"] > t["risk_high"] + 1e-9)),
            name="risk_within_interval",
        )
    ],
)
"""Hub-style forecast rows; `risk_low` and `risk_high` bound a 90 % interval where one was made; `flags` is a space-separated list, empty when every feed is fresh."""

BACKTEST = FORECASTS.add_columns(
    {"observed": pa.Column("float64", pa.Check.isin((0.0, 1.0)), nullable=True), "calm": pa.Column(bool)}
)
"""Forecast rows of the backtest with what happened; `observed` is NaN while the window is open."""
