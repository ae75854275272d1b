"""The panel as it was at a past month: nothing later is in it, and what an origin sees is the same."""

import pandas as pd
import pytest

from data import calendar
from data.panel.panel import Panel
from data.panel.truncate import truncate
from features.build import build
from training.dataset.target import outcomes

MONTH = pd.Timestamp("2025-11-01")


@pytest.fixture(scope="module")
def cut(starter: Panel) -> Panel:
    return truncate(starter, MONTH)


def test_no_episode_begins_after_the_month_and_one_that_went_on_is_cut_there(starter: Panel, cut: Panel) -> None:
    assert (calendar.month_at(cut.last), calendar.month_at(cut.known_to)) == (MONTH, MONTH)
    assert cut.episodes["start"].max() <= MONTH
    assert cut.episodes["end"].max() == MONTH
    whole = starter.episodes[(starter.episodes["iso3"] == "MLI") & (starter.episodes["end"] > MONTH)]
    kept = cut.episodes[(cut.episodes["iso3"] == "MLI") & (cut.episodes["end"] == MONTH)]
    assert set(kept["start"]) == set(whole.loc[whole["start"] <= MONTH, "start"])


def test_outcomes_end_with_the_month_and_are_the_same_until_then(starter: Panel, cut: Panel) -> None:
    last = calendar.month_index(MONTH)
    before, after = outcomes(cut)["disruption"], outcomes(starter)["disruption"]
    assert before.ongoing.shape[1] == last + 1
    assert (before.ongoing == after.ongoing[:, : last + 1]).all()
    assert before.until == last


def test_an_origin_sees_what_it_sees_in_the_whole_panel(starter: Panel, cut: Panel) -> None:
    origins = [pd.Timestamp(month) for month in ("1994-04", "2019-12", "2024-03", "2025-11")]
    pd.testing.assert_frame_equal(build(cut, origins), build(starter, origins))


def test_beyond_the_catalogue_the_panel_ends_with_the_month_and_the_catalogue_where_it_was_reviewed(
    starter: Panel,
) -> None:
    later = truncate(starter, pd.Timestamp("2026-08-01"))
    assert (calendar.month_at(later.last), later.known_to) == (pd.Timestamp("2026-08-01"), starter.known_to)
    origins = [pd.Timestamp("2026-05-01"), pd.Timestamp("2026-08-01")]
    pd.testing.assert_frame_equal(build(later, origins), build(starter, origins))


def test_a_month_beyond_the_panel_is_refused(starter: Panel) -> None:
    with pytest.raises(ValueError, match=r"2031-01 cannot be made as it was then: the panel reaches to 2026-10"):
        truncate(starter, pd.Timestamp("2031-01-01"))
