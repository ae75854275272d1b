"""WFP prices: groups, flags of observation, countries and the HXL row."""

import pandas as pd
import pytest

from data.settings import REPOSITORY
from data.sources.shared.source import SourceError
from data.sources.wfp_prices import parse

NAME = "wfp_food_prices_mli.csv"
SAMPLE = (REPOSITORY / "tests" / "samples" / "wfp_prices" / NAME).read_text()
HEADER = "date,market,latitude,longitude,category,commodity,unit,priceflag,pricetype,currency,price,usdprice"


def row(commodity="Millet", category="cereals and tubers", flag="actual", kind="Retail", price="300", usd="0.5"):
    return f'2025-01-15,M,12.6,-8.0,{category},"{commodity}",KG,"{flag}",{kind},XOF,{price},{usd}'


def rows(*lines: str, name: str = NAME) -> pd.DataFrame:
    return parse("\n".join([HEADER, *lines]).encode(), name).rows


def test_the_row_of_hxl_tags_is_neither_read_nor_dropped():
    parsed = parse(SAMPLE.encode(), NAME)
    assert (parsed.read, len(parsed.rows), parsed.dropped) == (30, 30, {})
    assert parsed.rows.index[0] == 3


def test_a_price_is_of_its_month_and_known_45_days_after_its_end():
    first = parse(SAMPLE.encode(), NAME).rows.iloc[0]
    assert first[["iso3", "market", "group", "commodity", "price", "observed"]].tolist() == [
        "MLI", "Invented market", "fuel", "Fuel (diesel)", 710.0, True,
    ]  # fmt: skip
    assert first["month"] == pd.Timestamp("2025-01-01")
    assert first["available_at"] == pd.Timestamp("2025-02-01") + pd.Timedelta(days=45)


@pytest.mark.parametrize(
    ("category", "commodity", "group"),
    [
        ("non-food", "Fuel (petrol-gasoline, 95 octane)", "fuel"),
        ("non-food", "Fuel (gas, parallel market)", "fuel"),
        ("non-food", "Kerosene", "fuel"),
        ("cereals and tubers", "Cassava flour", "staple"),
        ("cereals and tubers", "Potatoes (Irish)", "staple"),
        ("miscellaneous food", "Bread (bakery)", "staple"),
        ("oil and fats", "Oil (vegetable)", "other"),
        ("non-food", "Exchange rate", "other"),
        ("non-food", "Milling cost (maize)", "other"),
    ],
)
def test_commodities_fall_into_three_groups(category, commodity, group):
    assert rows(row(commodity, category))["group"].tolist() == [group]


@pytest.mark.parametrize(
    ("flag", "observed"),
    [
        ("actual", True),
        ("actual,aggregate", True),
        ("", True),
        ("forecast", False),
        ("actual,forecast", False),
        ("estimated", False),
    ],
)
def test_only_actual_and_aggregate_prices_are_observed(flag, observed):
    assert rows(row(flag=flag))["observed"].tolist() == [observed]


def test_older_files_carry_the_flag_in_the_kind_of_price():
    found = rows(row("Teff", flag="", kind="forecast"), row("Millet", flag="", kind="actual"))
    assert found["price_type"].tolist() == ["unknown", "unknown"]
    assert found["observed"].tolist() == [False, True]


def test_a_dollar_price_of_zero_is_missing():
    assert rows(row(usd="0"))["price_usd"].isna().all()


def test_the_country_comes_from_the_name_or_a_column_or_the_file_is_refused():
    assert rows(row())["iso3"].tolist() == ["MLI"]
    with_column = f"countryiso3,{HEADER}\nNER,{row()}".encode()
    assert parse(with_column, "prices.csv").rows["iso3"].tolist() == ["NER"]
    with pytest.raises(SourceError, match=r"name the file as on HDX, such as wfp_food_prices_mli.csv"):
        rows(row(), name="prices.csv")


def test_of_two_prices_for_one_key_the_last_is_kept():
    parsed = parse("\n".join([HEADER, row(price="300"), row(price="310")]).encode(), NAME)
    assert parsed.rows["price"].tolist() == [310.0]
    assert parsed.dropped == {"duplicate row": 1}
