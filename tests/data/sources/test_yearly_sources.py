"""Sources by year: World Bank, V-Dem and UCDP's country-years."""

import pandas as pd
import pytest

from data.settings import REPOSITORY
from data.sources import electoral_democracy, ucdp_country_year, worldbank
from data.sources.shared.source import SourceError

SAMPLES = REPOSITORY / "tests" / "samples"
WIDE = "API_NY.GDP.MKTP.CD_DS2_en_csv_v2_900.csv"


def sample(path: str) -> bytes:
    return (SAMPLES / path).read_bytes()


def test_the_world_banks_own_layout_gives_one_row_per_filled_year():
    parsed = worldbank.parse(sample(f"worldbank/{WIDE}"), WIDE)
    mali = parsed.rows[parsed.rows["iso3"] == "MLI"].set_index("year")["value"]
    assert mali.to_dict() == {2018 + i: 17e9 + 1e8 * i for i in range(6)}
    assert set(parsed.rows["indicator"]) == {"gdp_usd"}
    assert parsed.dropped == {"aggregate, not a country": 6}
    assert parsed.examples["aggregate, not a country"] == "row 8: Sub-Saharan Africa"


def test_the_long_layout_takes_its_indicator_from_the_name():
    raw = sample("worldbank/worldbank_population.csv")
    assert set(worldbank.parse(raw, "worldbank_population.csv").rows["indicator"]) == {"population"}
    assert set(worldbank.parse(raw, "gdp.csv").rows["indicator"]) == {"gdp_usd"}
    with pytest.raises(SourceError, match="does not name the indicator; put `population` or `gdp` into it"):
        worldbank.parse(raw, "data.csv")


def test_kosovo_is_a_country_and_the_arab_world_is_not():
    parsed = worldbank.parse(sample("worldbank/worldbank_population.csv"), "population.csv")
    assert set(parsed.rows["iso3"]) == {"MLI", "XKX"}
    assert parsed.dropped == {"aggregate, not a country": 5}


def test_an_indicator_not_asked_for_is_refused():
    raw = sample(f"worldbank/{WIDE}").replace(b"NY.GDP.MKTP.CD", b"SP.DYN.LE00.IN")
    with pytest.raises(SourceError, match=r"indicator 'SP.DYN.LE00.IN', expected one of SP.POP.TOTL, NY.GDP.MKTP.CD"):
        worldbank.parse(raw, WIDE)


def test_a_year_is_known_its_lag_after_december():
    rows = worldbank.parse(sample("worldbank/worldbank_population.csv"), "population.csv").rows
    year_2019 = rows[rows["year"] == 2019].iloc[0]
    assert year_2019["available_at"] == pd.Timestamp("2020-01-01") + pd.Timedelta(days=540)


def test_v_dem_keeps_its_own_codes_and_the_repack_is_read_by_name():
    published = electoral_democracy.parse(sample("electoral_democracy/V-Dem-CY-Core-v15.csv"), "V-Dem.csv").rows
    assert set(published["iso3"]) == {"MLI", "XKX", "PSG", "SML"}
    repack = electoral_democracy.parse(sample("electoral_democracy/conflict_country_year.csv"), "c.csv").rows
    assert set(repack["iso3"]) == {"MLI", "CPV", "YEM"}


def test_deaths_of_a_country_year_are_the_three_kinds_of_violence_added():
    rows = ucdp_country_year.parse(sample("ucdp_country_year/organizedviolencecy_v24_1.csv"), "cy_v24_1.csv").rows
    vietnam = rows[(rows["iso3"] == "VNM") & (rows["year"] == 2020)]
    assert vietnam["deaths"].tolist() == [10 * 4 + 3 * 4 + 4]
    assert set(rows["iso3"]) == {"MLI", "SRB", "YMD", "CRI", "VNM"}
