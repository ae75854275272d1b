"""Publishers' names and codes to ISO3."""

import pandas as pd
import pytest

from data.sources.shared.countries import iso3_of, iso3_of_fips, known


def one(**columns: object) -> str:
    return iso3_of(**{name: pd.Series([value]) for name, value in columns.items()}).iloc[0]


def test_the_code_counts_before_the_name_and_the_name_before_the_files_iso3():
    assert one(gwcode="432", name="Niger", iso3="NGA") == "MLI"
    assert one(gwcode="", name="Niger", iso3="NGA") == "NER"
    assert one(gwcode="", name="Elsewhere", iso3="NGA") == "NGA"


def test_what_no_table_holds_is_unknown():
    assert pd.isna(one(name="Atlantis", iso3="QQQ"))


@pytest.mark.parametrize(
    ("name", "iso3"),
    [
        (" mali ", "MLI"),
        ("DR Congo (Zaire)", "COD"),
        ("Dem. Rep. Congo", "COD"),
        ("Yemen (South Yemen)", "YMD"),
        ("Serbia (Yugoslavia)", "SRB"),
        ("Kosovo", "XKX"),
    ],
)
def test_publishers_spellings_are_known(name, iso3):
    assert one(name=name) == iso3


@pytest.mark.parametrize(("fips", "iso3"), [("NG", "NER"), ("NI", "NGA"), ("GZ", "PSE"), ("KV", "XKX"), ("RI", "SRB")])
def test_fips_is_not_iso2(fips, iso3):
    assert iso3_of_fips(pd.Series([fips])).tolist() == [iso3]


def test_known_codes_hold_every_state_and_no_region():
    assert {"MLI", "XKX", "PSE", "TWN", "SSD"} <= known()
    assert not {"WLD", "ARB", "SSF", "UNK", ""} & known()
