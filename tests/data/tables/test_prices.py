"""Market prices to monthly shocks, on a market in Bamako (12.65 N 8.00 W) and one in Gao, 900 km away."""

import math

import pandas as pd
import pytest

from data.tables.prices import monthly_shocks

BAMAKO, GAO = (12.65, -8.0), (16.27, -0.05)
SEATS = pd.DataFrame(
    {
        "iso3": ["BFA", "MLI", "NER"],
        "latitude": [12.37, 12.65, 13.51],
        "longitude": [-1.53, -8.0, 2.11],
        "seat_from": pd.Timestamp("1989-01-01"),
        "seat_to": pd.NaT,
    }
)


def series(*prices: float | None, start: str = "2024-01-01", **changes: object) -> pd.DataFrame:
    """One price a month from `start`; None is a month without a row."""
    months = pd.date_range(start, periods=len(prices), freq="MS").astype("datetime64[us]")
    usual: dict[str, object] = {
        "source": "wfp_prices",
        "iso3": "MLI",
        "market": "Bamako",
        "latitude": BAMAKO[0],
        "longitude": BAMAKO[1],
        "group": "fuel",
        "commodity": "Fuel (diesel)",
        "unit": "L",
        "price_type": "Retail",
        "observed": True,
        "currency": "XOF",
    }
    frame = pd.DataFrame({"month": months, "price": prices})
    frame = frame.assign(**usual | changes, price_usd=frame["price"] / 600)
    return frame.assign(available_at=frame["month"] + pd.Timedelta(days=75)).dropna(subset="price")


def shocks(*parts: pd.DataFrame, seats: pd.DataFrame = SEATS) -> pd.DataFrame:
    return monthly_shocks(pd.concat(parts, ignore_index=True), seats).set_index(["iso3", "month"]).sort_index()


def column(found: pd.DataFrame, name: str, iso3: str = "MLI") -> list[float | None]:
    return [None if math.isnan(value) else round(value, 6) for value in found.loc[iso3, name]]


def test_the_change_on_the_month_is_a_share_and_the_first_month_has_none() -> None:
    # 125 / 100 - 1, then 100 / 125 - 1
    assert column(shocks(series(100, 125, 100)), "change_1m") == [None, 0.25, -0.2]


def test_a_gap_gives_no_change_rather_than_a_change_over_two_months() -> None:
    found = shocks(series(100, None, 150, 165))
    assert column(found, "change_1m") == [None, None, 0.1]  # January, March, April: 165 / 150 - 1


def test_the_price_is_set_against_the_median_of_the_six_months_before() -> None:
    # July: 200 over the median of 90 100 110 100 120 80, which is 100; before July there are not six months
    found = shocks(series(90, 100, 110, 100, 120, 80, 200))
    assert column(found, "vs_median_6m") == [None, None, None, None, None, None, 1.0]


def test_half_a_year_with_two_months_missing_still_makes_a_median_and_an_older_one_does_not() -> None:
    full, gapped, broken = (100.0,) * 6, (100.0, None, 100.0, None, *(100.0,) * 4), (*(100.0,) * 6, None, None, None)
    assert column(shocks(series(*full, 150)), "vs_median_6m")[-1] == 0.5
    assert column(shocks(series(*gapped, 150)), "vs_median_6m")[-1] == 0.5
    assert column(shocks(series(*broken, 150)), "vs_median_6m")[-1] is None


def test_a_market_within_60_km_of_the_seat_stands_for_the_capital_alone() -> None:
    gao = {"market": "Gao", "latitude": GAO[0], "longitude": GAO[1]}
    found = shocks(series(100, 110), series(100, 200, **gao))
    assert column(found, "change_1m") == [None, 0.1]
    assert found["series"].tolist() == [1, 1]
    assert found["in_capital"].all()


@pytest.mark.parametrize(("north_km", "capital"), [(59, True), (61, False)])
def test_sixty_km_is_the_edge(north_km: float, capital: bool) -> None:
    # a degree of latitude is 111.19 km
    found = shocks(series(100, 110, latitude=BAMAKO[0] + north_km / 111.19))
    assert found["in_capital"].tolist() == [capital] * 2


def test_without_a_capital_market_the_median_of_the_country_stands_in() -> None:
    parts = [series(100, price, market=f"Gao {price}", latitude=GAO[0], longitude=GAO[1]) for price in (110, 120, 190)]
    found = shocks(*parts)
    assert column(found, "change_1m") == [None, 0.2]  # median of 10, 20 and 90 %
    assert found["series"].tolist() == [3, 3]
    assert not found["in_capital"].any()


def test_when_the_government_moves_another_citys_market_becomes_the_capitals() -> None:
    first = SEATS[SEATS["iso3"] == "MLI"].assign(seat_to=pd.Timestamp("2024-03-01"))
    second = first.assign(latitude=GAO[0], longitude=GAO[1], seat_from=pd.Timestamp("2024-04-01"), seat_to=pd.NaT)
    gao = {"market": "Gao", "latitude": GAO[0], "longitude": GAO[1]}
    found = shocks(
        series(100, 110, 121, 133.1, 133.1), series(100, 100, 100, 150, 300, **gao), seats=pd.concat([first, second])
    )
    # Bamako's rise of a tenth until March, Gao's from April on
    assert column(found, "change_1m") == [None, 0.1, 0.1, 0.5, 1.0]
    assert found["in_capital"].all()


def test_a_market_is_no_capitals_before_the_first_seat() -> None:
    young = SEATS.assign(seat_from=pd.Timestamp("2024-02-01"))
    assert shocks(series(100, 110), seats=young)["in_capital"].tolist() == [False, True]


def test_the_price_against_its_half_year_is_netted_in_dollars_too() -> None:
    others = [series(*(100,) * 6, price, iso3=iso3, market=iso3) for iso3, price in (("BFA", 110), ("NER", 120))]
    found = shocks(series(*(100,) * 6, 200), *others)
    # 100, 10 and 20 % above the six months before: the world's median is 20 %
    assert column(found, "vs_median_6m_net")[-1] == 0.8
    assert column(found, "vs_median_6m")[-1] == 1.0


def test_the_net_change_leaves_out_what_the_world_did() -> None:
    countries = [series(100, price, iso3=iso3, market=iso3) for iso3, price in (("BFA", 110), ("NER", 120))]
    found = shocks(series(100, 150), *(part.assign(latitude=0.0, longitude=0.0) for part in countries))
    # changes of 50, 10 and 20 %: the world's median is 20 %
    assert column(found, "change_1m_net") == [None, 0.3]
    assert column(found, "change_1m_net", "BFA") == [None, -0.1]


def test_a_country_with_many_markets_weighs_no_more_in_the_world_than_one_with_a_single_market() -> None:
    burkina = [series(100, 110, iso3="BFA", market=f"Ouaga {n}") for n in range(9)]
    niger = series(100, 130, iso3="NER", market="Niamey")
    # countries' changes are 50, 10 and 30 %: the median is Niger's 30 %, though nine markets of eleven saw 10 %
    assert column(shocks(series(100, 150), niger, *burkina), "change_1m_net") == [None, 0.2]


def test_the_net_change_is_taken_in_us_dollars() -> None:
    devalued = series(100, 200).assign(price_usd=[1.0, 1.1])
    other = series(100, 100, iso3="NER", market="Niamey")
    # +10 % and 0 % in dollars: the world's median is 5 %
    assert column(shocks(devalued, other), "change_1m_net") == [None, 0.05]
    assert column(shocks(devalued, other), "change_1m") == [None, 1.0]


def test_imputed_prices_are_left_out() -> None:
    observed = series(100, 110)
    imputed = series(100, 300, market="Bamako 2", observed=False)
    assert column(shocks(observed, imputed), "change_1m") == [None, 0.1]


def test_other_goods_and_states_without_a_seat_are_left_out() -> None:
    found = shocks(series(100, 110), series(1, 9, group="other"), series(1, 9, iso3="ATA"))
    assert found.index.get_level_values("iso3").unique().tolist() == ["MLI"]
    assert found["group"].unique().tolist() == ["fuel"]


def test_fuel_and_staples_have_rows_of_their_own_known_when_their_last_price_is() -> None:
    late = series(50, 55, group="staple", commodity="Millet")
    late["available_at"] += pd.Timedelta(days=10)
    found = shocks(series(100, 110), late).set_index("group", append=True)
    february = found.loc["MLI"].loc[pd.Timestamp("2024-02-01")]
    assert february.loc["fuel", "available_at"] == pd.Timestamp("2024-02-01") + pd.Timedelta(days=75)
    assert february.loc["staple", "available_at"] == pd.Timestamp("2024-02-01") + pd.Timedelta(days=85)
