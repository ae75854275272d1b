"""Small panels for the tests of features: a few rows of 2024, seen from the end of that year."""

from collections.abc import Callable

import pandas as pd
import pytest

from data import calendar
from data.panel.panel import Panel, assemble
from data.panel.view import View, as_of

ELSEWHERE = ("FJI", "attack", "2024-12", "2024-12")
"""An attack in Fiji, which no test looks at: it makes the panel end in December 2024."""
EMPTY = {
    "rings": "iso3 month ring sector violence abroad source events deaths available_at",
    "near": "iso3 month radius_km source events days deaths deaths_largest_event"
    " events_or_district days_or_district deaths_or_district available_at",
    "corridors": "iso3 corridor month sector source events_5km deaths_5km events_25km deaths_25km nearest_km available_at",
}


def rows(lines: list[dict[str, object]]) -> pd.DataFrame:
    """Return a compiled table from rows with `month` or `year`; published without delay."""
    frame = pd.DataFrame(lines)
    counts = [c for c in frame.select_dtypes("int64") if c not in {"year", "ring", "sector", "radius_km"}]
    frame = frame.astype(dict.fromkeys(counts, "float64"))
    if "year" in frame:
        december = pd.to_datetime(frame["year"].astype(str) + "-12-01")
        return frame.assign(source="test", available_at=calendar.available_at(december, 0))
    months = pd.to_datetime(frame["month"])
    return frame.assign(source="test", month=months, available_at=calendar.available_at(months, 0))


def empty(table: str) -> pd.DataFrame:
    dates = {"month": "datetime64[us]", "available_at": "datetime64[us]", "iso3": "str", "corridor": "str"}
    return pd.DataFrame({c: pd.Series(dtype=dates.get(c, "float64")) for c in EMPTY[table].split()})


def small_panel(
    *episodes: tuple[str, str, str, str],
    covered: tuple[str, str, str] = ("*", "2024-01", "2024-12"),
    **tables: list[dict[str, object]],
) -> Panel:
    """Assemble a panel from rows by table and episodes (iso3, kind, start, end); `covered` is the span of the events."""
    catalogue = pd.DataFrame([*episodes, ELSEWHERE], columns=["iso3", "kind", "start", "end"])
    catalogue = catalogue.assign(
        start=pd.to_datetime(catalogue["start"]), end=pd.to_datetime(catalogue["end"]), confidence="H"
    )
    made = {name: rows(lines) for name, lines in tables.items()}
    if made.keys() & EMPTY.keys():
        made = {name: empty(name) for name in EMPTY} | made
    iso3, first, last = covered
    spans = pd.DataFrame(
        {"table": ["events"], "iso3": [iso3], "first": [pd.Timestamp(first)], "last": [pd.Timestamp(last)]}
    )
    return assemble(made | {"coverage": spans}, catalogue, {"vintage": "test"})


def small_view(
    *episodes: tuple[str, str, str, str],
    origin: str = "2024-12",
    covered: tuple[str, str, str] = ("*", "2024-01", "2024-12"),
    **tables: list[dict[str, object]],
) -> View:
    return as_of(small_panel(*episodes, covered=covered, **tables), pd.Timestamp(origin))


@pytest.fixture
def panel_of() -> Callable[..., Panel]:
    """Make a panel from a few rows."""
    return small_panel


@pytest.fixture
def view_of() -> Callable[..., View]:
    """Make a panel from a few rows and look at it from December 2024."""
    return small_view
