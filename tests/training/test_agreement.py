"""The fighting rule on a literal near table, and how the catalogue is held against it."""

from collections.abc import Callable

import pandas as pd
import pytest
from training.rules import agreement, disagreements, fighting_months, in_catalogue

from data.panel import Panel

NEAR = pd.DataFrame(
    [
        ("MLI", "2000-03", 25, 25.0, 3.0, 3.0),  # just enough of everything
        ("MLI", "2000-04", 25, 24.0, 9.0, 9.0),  # one death short
        ("MLI", "2000-05", 25, 99.0, 2.0, 9.0),  # two events
        ("MLI", "2000-06", 25, 900.0, 9.0, 2.0),  # two days: an attack, not fighting
        ("MLI", "2000-07", 50, 99.0, 9.0, 9.0),  # too far out
        ("TCD", "2000-02", 25, 60.0, 5.0, 4.0),
    ],
    columns=["iso3", "month", "radius_km", "deaths", "events", "days"],
).assign(month=lambda t: pd.to_datetime(t["month"]))
EPISODES = [
    ("MLI", "fighting", "2000-03", "2000-04", "H"),
    ("MLI", "coup", "2000-07", "2000-07", "H"),
    ("NER", "coup_attempt", "2000-08", "2000-09", "M"),
    ("NER", "fighting", "2001-05", "2001-05", "H"),
    ("XKX", "coup", "2001-12", "2001-12", "H"),
]
COUPS = pd.DataFrame(
    {"iso3": ["MLI", "NER", "TCD", "MLI"], "month": pd.to_datetime(["2000-07", "2000-09", "2001-01", "1980-01"])}
)


def keys(table: pd.DataFrame) -> list[tuple[str, str]]:
    return [(iso3, f"{month:%Y-%m}") for iso3, month in zip(table["iso3"], table["month"], strict=True)]


def test_the_rule_wants_25_deaths_in_three_events_on_three_days_within_25_km() -> None:
    assert keys(fighting_months(NEAR)) == [("MLI", "2000-03"), ("TCD", "2000-02")]


def test_the_rule_takes_another_radius_and_threshold() -> None:
    assert keys(fighting_months(NEAR, radius_km=50)) == [("MLI", "2000-07")]
    assert keys(fighting_months(NEAR, min_deaths=24)) == [("MLI", "2000-03"), ("MLI", "2000-04"), ("TCD", "2000-02")]
    assert keys(fighting_months(NEAR, min_deaths=61)) == []


def test_months_are_looked_up_in_the_catalogue_by_kind(panel_of: Callable[..., Panel]) -> None:
    months = pd.DataFrame({"iso3": ["MLI", "MLI", "NER"], "month": pd.to_datetime(["2000-04", "2000-07", "2000-04"])})
    panel = panel_of(EPISODES)
    assert in_catalogue(panel, months, ("fighting",)).tolist() == [True, False, False]
    assert in_catalogue(panel, months, ("fighting", "coup")).tolist() == [True, True, False]


def test_agreement_counts_both_ways(panel_of: Callable[..., Panel]) -> None:
    table = agreement(panel_of(EPISODES), NEAR, COUPS).set_index("check")
    found = {check: (row["found"], row["of"]) for check, row in table.iterrows()}
    assert found == {
        "fighting rule months inside an episode of any kind": (1, 2),  # Mali's yes, Chad's no
        "fighting episodes of 1989-1999 with a rule month": (0, 0),
        "fighting episodes of 2000-2009 with a rule month": (1, 2),  # Niger's of 2001 has none
        "fighting episodes of 2010-2020 with a rule month": (0, 0),
        "Powell & Thyne coup months inside an episode of seizure": (2, 3),  # 1980 lies before the panel
        "coup and coup_attempt episodes with a Powell & Thyne month": (2, 2),  # 2001-12 is after the list's end
    }
    assert table["share"].dropna().tolist() == [1 / 2, 1 / 2, pytest.approx(2 / 3), 1]


def test_disagreements_name_the_months_the_catalogue_does_not_have(panel_of: Callable[..., Panel]) -> None:
    apart = disagreements(panel_of(EPISODES), NEAR, COUPS)
    assert list(zip(apart["check"], *zip(*keys(apart), strict=True), strict=True)) == [
        ("fighting rule", "TCD", "2000-02"),
        ("Powell & Thyne", "TCD", "2001-01"),
    ]


def test_units_the_panel_does_not_have_are_left_out(panel_of: Callable[..., Panel]) -> None:
    other = NEAR.assign(iso3="ZZZ")
    assert agreement(panel_of(EPISODES), other, COUPS)["of"].iloc[0] == 0
