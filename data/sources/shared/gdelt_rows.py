"""Rows of GDELT's reported events, as both of its versions have them.

A file holds mostly events of its own day and some of weeks or a year before. Countries are FIPS 10-4 codes of
the place of the action; rows without one (events nobody could place, the high seas) are dropped.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.sources.shared.countries import iso3_of_fips
from data.sources.shared.reading import read_headless
from data.sources.shared.rows import SourceRows

_NOWHERE = ("", "OS")
"""Countries of events that could not be placed, and of those on the high seas."""


def reported_events(raw: bytes, filename: str, names: Sequence[str], wanted: Sequence[str], added: str) -> SourceRows:
    """Parse one row per reported event, available from the time GDELT added it.

    Args:
        raw: Content of the file.
        filename: Name of the file, for messages.
        names: Names of all its columns.
        wanted: Names of the columns to read.
        added: Format of DATEADDED, which becomes `available_at`.
    """
    rows = SourceRows(read_headless(raw, filename, names, wanted), filename)
    place = rows["ActionGeo_CountryCode"].str.strip()
    rows.drop(place.isin(_NOWHERE), "no country", rows["event_id"])
    place = place.reindex(rows.frame.index)
    rows.country(iso3_of_fips(place), place, remedy="add it to data/reference/fips_countries.csv")
    rows.dated(_days(rows["SQLDATE"], "%Y%m%d"), into="date", shown=rows["SQLDATE"])
    known = _days(rows["DATEADDED"], added)
    rows.drop(known.isna(), "unreadable date: DATEADDED", rows["DATEADDED"])
    rows["available_at"] = np.maximum(known.reindex(rows.frame.index), rows["date"])
    for column in ("goldstein", "tone"):
        rows.number(column, required=False)
    rows.coordinates("latitude", "longitude", required=False)
    rows.number("mentions", minimum=0)
    rows.text("event_id")
    rows.unique(["event_id"], "duplicate id")
    return rows


def _days(digits: pd.Series, pattern: str) -> pd.Series:
    return pd.to_datetime(digits, format=pattern, errors="coerce").astype("datetime64[us]")
