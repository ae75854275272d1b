"""GDELT event files: columns by position, FIPS codes and the moment of knowing."""

import pandas as pd
import pytest

from data.settings import REPOSITORY
from data.sources.gdelt_events import SOURCE, parse
from data.sources.shared.source import SourceError

NAME = "20250301001500.export.CSV"
RAW = (REPOSITORY / "tests" / "samples" / "gdelt_events" / NAME).read_bytes()


def test_fips_codes_become_iso3_even_where_iso_disagrees():
    assert parse(RAW, NAME).rows["iso3"].head(4).tolist() == ["MLI", "PSE", "XKX", "SRB"]


def test_an_event_of_last_year_is_known_when_gdelt_added_it():
    old = parse(RAW, NAME).rows.iloc[0]
    assert old["date"] == pd.Timestamp("2024-03-01")
    assert old["available_at"] == pd.Timestamp("2025-03-01 00:15:00")


def test_values_come_from_their_positions():
    fourth = parse(RAW, NAME).rows.loc[4]
    assert fourth[["cameo_root", "goldstein", "mentions", "tone"]].tolist() == ["19", -10.0, 4.0, -0.75]


def test_the_events_before_2013_have_58_columns_and_are_refused():
    shorter = b"\n".join(b"\t".join(line.split(b"\t")[:58]) for line in RAW.splitlines())
    with pytest.raises(SourceError, match="row 1 has 58 columns, expected 61"):
        parse(shorter, NAME)


def test_files_are_recognised_by_fourteen_digits_and_never_replace_each_other():
    assert SOURCE.filename is not None
    assert SOURCE.filename.search("20250301001500.export.CSV.zip")
    assert not SOURCE.filename.search("20130401.export.CSV.zip")
    assert SOURCE.family(NAME) == NAME
