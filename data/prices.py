"""Market prices to monthly shocks in the capital: change on the month, against the last half year, and net of the world."""

import numpy as np
import pandas as pd

CAPITAL_MARKET_KM = 60.0
"""A market this near the seat of government is the capital's; without one the median of the country's markets stands in."""
SERIES = ["iso3", "market", "commodity", "unit", "price_type", "currency"]


def monthly_shocks(prices: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return one row per iso3, month and group (fuel, staple): medians over the series of observed prices.

    `change_1m` and `vs_median_6m` are shares (0.25 is +25 %) of local currency; `change_1m_net` is the change in US
    dollars less the median over all countries of that month; `series` counts the series behind the row. A gap of a month
    gives NaN, never a change over two months. Imputed prices are left out.
    """
    seats = units.set_index("iso3")[["latitude", "longitude"]]
    used = prices[prices["observed"] & prices["group"].isin(("fuel", "staple"))]
    used = used[used["iso3"].isin(seats.index)].sort_values([*SERIES, "month"])
    used = used.assign(capital=_near_seat(used, seats))
    shocks = _series_shocks(used)
    shocks["change_1m_net"] = shocks["change_1m_usd"] - _world_change(shocks)
    return _by_capital(shocks)


def _near_seat(prices: pd.DataFrame, seats: pd.DataFrame) -> pd.Series:
    lat = np.radians(prices["latitude"].to_numpy(float))
    lon = np.radians(prices["longitude"].to_numpy(float))
    seat_lat = np.radians(seats["latitude"].reindex(prices["iso3"]).to_numpy(float))
    seat_lon = np.radians(seats["longitude"].reindex(prices["iso3"]).to_numpy(float))
    x = (lon - seat_lon) * np.cos(seat_lat)
    return pd.Series(6371.0 * np.hypot(x, lat - seat_lat) < CAPITAL_MARKET_KM, index=prices.index)


def _series_shocks(used: pd.DataFrame) -> pd.DataFrame:
    series = used.groupby(SERIES, sort=False)
    month_number = used["month"].dt.year * 12 + used["month"].dt.month
    follows = month_number - month_number.groupby([used[c] for c in SERIES], sort=False).shift() == 1
    # By number of the series: a function called for each of 50,000 series takes minutes.
    before = series["price"].shift().groupby(series.ngroup(), sort=False)
    previous_median = before.rolling(6, min_periods=4).median().droplevel(0).reindex(used.index)
    half_year = month_number - month_number.groupby([used[c] for c in SERIES], sort=False).shift(6) <= 8
    return used.assign(
        change_1m=(used["price"] / series["price"].shift() - 1).where(follows),
        change_1m_usd=(used["price_usd"] / series["price_usd"].shift() - 1).where(follows),
        vs_median_6m=(used["price"] / previous_median - 1).where(half_year),
    )


def _world_change(shocks: pd.DataFrame) -> pd.Series:
    by_country = shocks.groupby(["group", "month", "iso3"])["change_1m_usd"].median()
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
        series=("price", "size"),
        in_capital=("capital", "any"),
        source=("source", "first"),
        available_at=("available_at", "max"),
    )
