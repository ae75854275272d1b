"""A catalogue that ends in December 2015, and months that rules found after it."""

import pandas as pd
import pytest

from data.contracts.forecasts import EPISODES
from data.panel.episode_extension import extend, unextended

REACHED = pd.Timestamp("2015-12-01")
CATALOGUE = pd.DataFrame(
    [
        ("SOM", "Mogadishu", "2015-02", "2015-12", "fighting", "H", "bombing campaign"),  # going on
        ("IRQ", "Baghdad", "2015-02", "2015-11", "fighting", "H", "bombing war"),  # over
        ("SOM", "Mogadishu", "2015-12", "2015-12", "coup", "M", "palace coup"),
    ],
    columns=["iso3", "capital", "start", "end", "kind", "confidence", "reason"],
).assign(**{c: lambda t, c=c: pd.to_datetime(t[c]).astype("datetime64[us]") for c in ("start", "end")})
Month = tuple[str, str, str]


def found(*months: Month, published: dict[str, str] | None = None) -> pd.DataFrame:
    table = pd.DataFrame(list(months), columns=["iso3", "month", "kind"])
    known = [(published or {}).get(m, pd.Timestamp(m) + pd.DateOffset(months=2)) for m in table["month"]]
    dates = {"month": pd.to_datetime(table["month"]), "available_at": pd.to_datetime(known)}
    table = table.assign(**{name: values.astype("datetime64[us]") for name, values in dates.items()})
    return table.assign(confidence="M", reason="30 deaths")


def spans(*months: Month) -> list[tuple[str, str, str, str, str]]:
    made = extend(CATALOGUE, found(*months), REACHED).episodes
    changed = made[made["source"] != "catalogue"]
    return [(e.iso3, e.kind, f"{e.start:%Y-%m}", f"{e.end:%Y-%m}", e.source) for e in changed.itertuples()]


def test_months_that_the_catalogue_has_reached_are_its_own() -> None:
    assert spans(("MLI", "2015-12", "fighting"), ("IRQ", "2014-05", "supply")) == []


def test_a_month_after_the_catalogues_end_is_a_new_episode_at_the_seat_in_force_that_month() -> None:
    assert spans(("MLI", "2016-03", "coup")) == [("MLI", "coup", "2016-03", "2016-03", "rule")]
    moved = found(("MMR", "2005-10", "coup"), ("SDN", "2023-07", "fighting"), ("NGA", "1991-11", "coup"))
    later = found(("MMR", "2005-12", "coup"), ("SDN", "2023-12", "fighting"), ("NGA", "1992-01", "coup"))
    for months, seats in ((moved, ["Yangon", "Lagos", "Khartoum"]), (later, ["Naypyidaw", "Abuja", "Port Sudan"])):
        made = extend(CATALOGUE.iloc[:0], months, pd.Timestamp("1990-01-01")).episodes
        assert made["capital"].tolist() == seats


@pytest.mark.parametrize("first", ["2016-01", "2016-02", "2016-04"])
def test_an_episode_going_on_at_the_end_is_lengthened_over_up_to_three_quiet_months(first: str) -> None:
    assert spans(("SOM", first, "fighting")) == [("SOM", "fighting", "2015-02", first, "catalogue and rule")]


def test_after_four_quiet_months_another_episode_begins() -> None:
    assert spans(("SOM", "2016-05", "fighting")) == [("SOM", "fighting", "2016-05", "2016-05", "rule")]


def test_another_kind_or_an_episode_that_was_over_is_not_lengthened() -> None:
    assert spans(("SOM", "2016-01", "supply")) == [("SOM", "supply", "2016-01", "2016-01", "rule")]
    assert spans(("IRQ", "2016-01", "fighting")) == [("IRQ", "fighting", "2016-01", "2016-01", "rule")]


def test_months_that_follow_each_other_are_one_episode_and_later_ones_another() -> None:
    months = [("MLI", m, "fighting") for m in ("2016-02", "2016-03", "2016-07", "2016-12")]
    assert spans(*months) == [
        ("MLI", "fighting", "2016-02", "2016-07", "rule"),  # three quiet months between
        ("MLI", "fighting", "2016-12", "2016-12", "rule"),  # four
    ]


def test_two_coups_with_a_month_between_are_two_and_in_adjoining_months_one() -> None:
    assert len(spans(("MLI", "2016-02", "coup"), ("MLI", "2016-04", "coup"))) == 2
    assert spans(("MLI", "2016-02", "coup"), ("MLI", "2016-03", "coup")) == [
        ("MLI", "coup", "2016-02", "2016-03", "rule")
    ]
    assert spans(("SOM", "2016-01", "coup")) == [("SOM", "coup", "2015-12", "2016-01", "catalogue and rule")]
    assert spans(("SOM", "2016-02", "coup")) == [("SOM", "coup", "2016-02", "2016-02", "rule")]


def test_every_added_month_says_when_it_was_knowable_and_quiet_ones_when_the_next_found_one_was() -> None:
    made = extend(CATALOGUE, found(("SOM", "2016-02", "fighting"), ("SOM", "2016-04", "fighting")), REACHED).months
    known = {f"{m.month:%Y-%m}": f"{m.available_at:%Y-%m}" for m in made.itertuples()}
    assert known == {"2016-01": "2016-04", "2016-02": "2016-04", "2016-03": "2016-06", "2016-04": "2016-06"}


def test_the_reason_names_the_numbers_and_how_many_months_follow() -> None:
    months = [(iso3, m, "fighting") for iso3 in ("SOM", "MLI") for m in ("2016-01", "2016-02", "2016-03")]
    made = extend(CATALOGUE, found(*months), REACHED).episodes.set_index(["iso3", "kind"])["reason"]
    assert made["SOM", "fighting"] == "bombing campaign; goes on by rule, 2016-01: 30 deaths, and in 2 more months"
    assert made["MLI", "fighting"] == "by rule, 2016-01: 30 deaths, and in 2 more months"


def test_the_catalogue_itself_is_left_as_it_is_and_the_extension_keeps_its_contract() -> None:
    before = CATALOGUE.copy()
    made = extend(CATALOGUE, found(("SOM", "2016-01", "fighting"), ("MLI", "2016-03", "supply")), REACHED).episodes
    pd.testing.assert_frame_equal(CATALOGUE, before)
    EPISODES.validate(made.drop(columns="source"))


def test_without_later_months_the_catalogue_stands_alone() -> None:
    alone = extend(CATALOGUE, found(), REACHED)
    pd.testing.assert_frame_equal(alone.episodes, unextended(CATALOGUE).episodes)
    assert alone.months.empty
