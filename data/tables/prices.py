"""Monthly price shocks in the capital's market: change on the month, against the last half year, and net of the world."""

import pandas as pd
import pandera.pandas as pa

from data.contracts import columns
from data.contracts.columns import (
    AVAILABLE,
    ISO3,
    LATITUDE_OR_NAN,
    LONGITUDE_OR_NAN,
    MONTH_START,
    POSITIVE,
    POSITIVE_OR_NAN,
    SOURCE,
    TEXT,
)
from data.geometry import great_circle_km
from data.reference_tables import in_force, read_capitals
from data.tables.shared.table import Ingested, PanelTable, RowTable, Tables

PRICE_GROUPS = ("fuel", "staple")
PRICE_MEASURES = ("change_1m", "vs_median_6m", "change_1m_net", "vs_median_6m_net", "series", "in_capital")

ROWS = RowTable(
    columns.table(
        "prices",
        {
            "source": SOURCE,
            "iso3": ISO3,
            "month": MONTH_START,
            "market": pa.Column(TEXT),
            "latitude": LATITUDE_OR_NAN,
            "longitude": LONGITUDE_OR_NAN,
            "group": pa.Column(TEXT, pa.Check.isin((*PRICE_GROUPS, "other"))),
            "commodity": pa.Column(TEXT),
            "unit": pa.Column(TEXT),
            "price_type": pa.Column(TEXT),
            "observed": pa.Column(bool),
            "currency": pa.Column(TEXT),
            "price": POSITIVE,
            "price_usd": POSITIVE_OR_NAN,
            "available_at": AVAILABLE,
        },
        unique=["source", "iso3", "month", "market", "commodity", "unit", "price_type", "currency"],
    ),
    measure="price",
    reduction="price shocks",
)

_SHARE = pa.Column("float64", pa.Check.ge(-10), nullable=True)
CONTRACT = columns.table(
    "prices",
    {
        "iso3": ISO3,
        "month": MONTH_START,
        "available_at": AVAILABLE,
        "source": SOURCE,
        "group": pa.Column(TEXT, pa.Check.isin(PRICE_GROUPS)),
        **dict.fromkeys(("change_1m", "vs_median_6m", "change_1m_net", "vs_median_6m_net"), _SHARE),
        "series": pa.Column("int64", pa.Check.ge(1)),
        "in_capital": pa.Column(bool),
    },
    unique=["iso3", "month", "group"],
)
"""Changes are shares: 0.25 is +25 %."""

CAPITAL_MARKET_KM = 60.0
"""A market this near the seat of government is the capital's; without one the median of the country's markets stands in."""
SERIES = ["iso3", "market", "commodity", "unit", "price_type", "currency"]


def monthly_shocks(prices: pd.DataFrame, seats: pd.DataFrame) -> pd.DataFrame:
    """Return the median price shocks of the capital's markets by month and group.

    A series is one commodity, unit, price type and currency at one market. A gap of a month gives NaN, never a change
    over two months. Imputed prices are left out. A market within `CAPITAL_MARKET_KM` of the seat in force in the month of
    the price is the capital's; where there is none, all markets of the country stand in.

    Args:
        prices: rows of the `prices` table, local currency and US dollars.
        seats: spells of seats (`read_capitals`), coordinates in degrees.

    Returns:
        One row per iso3, month and group (fuel, staple). `change_1m` and `vs_median_6m` are shares (0.25 is +25 %) in local
        currency, on the month before and on the median of the six before; `change_1m_net` and `vs_median_6m_net` are the
        same in US dollars less the median over all countries of that month; `series` counts the series behind the row.
    """
    used = prices[prices["observed"] & prices["group"].isin(PRICE_GROUPS)]
    used = used[used["iso3"].isin(seats["iso3"])].sort_values([*SERIES, "month"], ignore_index=True)
    used = used.assign(capital=_near_seat(used, seats))
    shocks = _series_shocks(used)
    for net, dollars in (("change_1m_net", "change_1m_usd"), ("vs_median_6m_net", "vs_median_6m_usd")):
        shocks[net] = shocks[dollars] - _world(shocks, dollars)
    return _by_capital(shocks)


def _near_seat(prices: pd.DataFrame, seats: pd.DataFrame) -> pd.Series:
    columns = ["iso3", "month", "latitude", "longitude"]
    spells = seats[["iso3", "latitude", "longitude", "seat_from", "seat_to"]]
    pairs = prices[columns].reset_index().merge(spells, on="iso3", suffixes=("", "_seat"))
    at = pairs[in_force(pairs)].set_index("index")
    places = (at[c].to_numpy(float) for c in ("latitude", "longitude", "latitude_seat", "longitude_seat"))
    km = pd.Series(great_circle_km(*places), index=at.index)
    return km.reindex(prices.index) < CAPITAL_MARKET_KM


def _series_shocks(used: pd.DataFrame) -> pd.DataFrame:
    series = used.groupby(SERIES, sort=False)
    month_number = used["month"].dt.year * 12 + used["month"].dt.month
    follows = month_number - month_number.groupby([used[c] for c in SERIES], sort=False).shift() == 1
    # By number of the series: a function called for each of 50,000 series takes minutes.
    number = series.ngroup()
    median, median_usd = (
        series[c]
        .shift()
        .groupby(number, sort=False)
        .rolling(6, min_periods=4)
        .median()
        .droplevel(0)
        .reindex(used.index)
        for c in ("price", "price_usd")
    )
    half_year = month_number - month_number.groupby([used[c] for c in SERIES], sort=False).shift(6) <= 8
    return used.assign(
        change_1m=(used["price"] / series["price"].shift() - 1).where(follows),
        change_1m_usd=(used["price_usd"] / series["price_usd"].shift() - 1).where(follows),
        vs_median_6m=(used["price"] / median - 1).where(half_year),
        vs_median_6m_usd=(used["price_usd"] / median_usd - 1).where(half_year),
    )


def _world(shocks: pd.DataFrame, change: str) -> pd.Series:
    by_country = shocks.groupby(["group", "month", "iso3"])[change].median()
    world = by_country.groupby(["group", "month"]).median().rename("world")
    return (
        shocks[["group", "month"]]
        .merge(world.reset_index(), on=["group", "month"], how="left")["world"]
        .set_axis(shocks.index)
    )


def _by_capital(shocks: pd.DataFrame) -> pd.DataFrame:
    has_capital = shocks.groupby(["iso3", "group", "month"])["capital"].transform("any")
    chosen = shocks[shocks["capital"] | ~has_capital]
    return chosen.groupby(["iso3", "month", "group"], as_index=False).agg(
        change_1m=("change_1m", "median"),
        vs_median_6m=("vs_median_6m", "median"),
        change_1m_net=("change_1m_net", "median"),
        vs_median_6m_net=("vs_median_6m_net", "median"),
        series=("price", "size"),
        in_capital=("capital", "any"),
        source=("source", "first"),
        available_at=("available_at", "max"),
    )


def reduce_prices(ingested: Ingested) -> Tables:
    """Reduce market prices to monthly shocks around the seats of `capitals.csv`."""
    return {"prices": monthly_shocks(ingested.rows, read_capitals())}


def by_group(table: pd.DataFrame) -> pd.DataFrame:
    """Return every measure in one column for each group."""
    present = [measure for measure in PRICE_MEASURES if measure in table]
    numbers = table.astype(dict.fromkeys(present, "float64"))
    wide = numbers.pivot_table(index=["iso3", "month"], columns="group", values=present, aggfunc="first")
    wide.columns = [f"{group}_{measure}" for measure, group in wide.columns]
    wide = wide.reindex(columns=[f"{group}_{measure}" for group in PRICE_GROUPS for measure in PRICE_MEASURES])
    return wide.join(table.groupby(["iso3", "month"])["available_at"].max()).reset_index()


TABLE = PanelTable(
    name="prices",
    label="prices in the capital's market",
    reductions={"prices": reduce_prices},
    contract=CONTRACT,
    columns=by_group,
    expected_age_months=2,
    names_vintage=True,
)
