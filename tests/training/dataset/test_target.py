"""What counts as an onset, who is at risk of one, and what is not known yet."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from training.dataset.target import Outcomes, outcomes

END = ("TCD", "fighting", "2001-12", "2001-12", "H")
"""An episode of another capital which lets every catalogue below reach December 2001."""


@pytest.fixture
def truth(panel_of: Callable[..., Panel]) -> Callable[..., dict[str, pd.DataFrame]]:
    """Return, by target, one attribute of Mali's outcomes at chosen origins."""

    def made(*rows: tuple[str, str, str, str, str]) -> dict[str, Outcomes]:
        panel = panel_of([*rows, END])
        mali = [panel.iso3.index("MLI")]
        return {t: Outcomes(t, o.ongoing[mali], o.until) for t, o in outcomes(panel).items()}

    return made


def at(*months: str) -> np.ndarray:
    return np.array([calendar.month_index(pd.Timestamp(m)) for m in months])


def months_of(marks: np.ndarray) -> list[str]:
    return [f"{calendar.month_at(i):%Y-%m}" for i in np.flatnonzero(marks[0])]


def test_an_onset_is_the_first_month_of_an_episode(truth: Callable[..., dict[str, Outcomes]]) -> None:
    found = truth(("MLI", "siege", "2000-03", "2000-05", "H"))
    assert months_of(found["disruption"].onsets) == ["2000-03"]
    assert months_of(found["strangulation"].onsets) == ["2000-03"]
    assert months_of(found["fighting"].onsets) == []


def test_touching_episodes_of_different_kinds_are_one_disruption_but_onsets_of_each_part(
    truth: Callable[..., dict[str, Outcomes]],
) -> None:
    found = truth(("MLI", "siege", "2000-03", "2000-05", "H"), ("MLI", "coup", "2000-06", "2000-06", "H"))
    assert months_of(found["disruption"].onsets) == ["2000-03"]
    assert months_of(found["seizure"].onsets) == ["2000-06"]


def test_a_month_of_quiet_between_two_episodes_makes_two_onsets(truth: Callable[..., dict[str, Outcomes]]) -> None:
    found = truth(("MLI", "siege", "2000-03", "2000-05", "H"), ("MLI", "coup", "2000-07", "2000-07", "H"))
    assert months_of(found["disruption"].onsets) == ["2000-03", "2000-07"]


def test_an_episode_that_runs_when_the_panel_starts_has_its_onset_there(
    truth: Callable[..., dict[str, Outcomes]],
) -> None:
    assert months_of(truth(("MLI", "siege", "1989-01", "1989-02", "H"))["disruption"].onsets) == ["1989-01"]


def test_a_capital_under_siege_is_calm_for_seizure_only(truth: Callable[..., dict[str, Outcomes]]) -> None:
    found = truth(("MLI", "siege", "2000-03", "2000-05", "H"))
    origins = at("2000-02", "2000-03", "2000-05", "2000-06")
    assert found["disruption"].calm(origins).tolist() == [[True, False, False, True]]
    assert found["strangulation"].calm(origins).tolist() == [[True, False, False, True]]
    assert found["seizure"].calm(origins).all()
    assert found["fighting"].calm(origins).all()


def test_first_onset_counts_months_after_the_origin_and_says_13_where_none_comes_within_a_year(
    truth: Callable[..., dict[str, Outcomes]],
) -> None:
    found = truth(("MLI", "coup", "2000-06", "2000-06", "H"))["seizure"]
    origins = at("2000-05", "2000-01", "1999-06", "1999-05", "2000-06")
    # one month, five months, exactly twelve, thirteen, and after its own month nothing more
    assert found.first_onset(origins).tolist() == [[1, 5, 12, 13, 13]]


def test_the_first_of_two_onsets_within_the_year_counts(truth: Callable[..., dict[str, Outcomes]]) -> None:
    found = truth(("MLI", "coup", "2000-03", "2000-03", "H"), ("MLI", "coup", "2000-09", "2000-09", "H"))["seizure"]
    assert found.first_onset(at("2000-01", "2000-03")).tolist() == [[2, 6]]


def test_observed_is_open_until_the_catalogue_has_reached_the_end_of_the_window(
    truth: Callable[..., dict[str, Outcomes]],
) -> None:
    found = truth()["fighting"]  # the catalogue reaches 2001-12
    origins = at("2001-06", "2001-09", "2001-10", "2001-12")
    # three months end in 2001-09, 2001-12, 2002-01 and 2002-03: the last two lie beyond
    assert np.array_equal(found.observed(origins, 3), [[0, 0, np.nan, np.nan]], equal_nan=True)


def test_observed_is_1_at_once_when_the_onset_has_come_though_the_window_is_open(
    truth: Callable[..., dict[str, Outcomes]],
) -> None:
    found = truth(("MLI", "coup", "2001-11", "2001-11", "H"))["disruption"]
    # six months from 2001-10 end in 2002-04, but the coup of 2001-11 has decided it
    assert np.array_equal(found.observed(at("2001-10", "2001-11"), 6), [[1, np.nan]], equal_nan=True)
    assert np.array_equal(found.observed(at("2001-09"), 1), [[0]])


def test_rows_of_low_confidence_and_attacks_are_no_labels(truth: Callable[..., dict[str, Outcomes]]) -> None:
    found = truth(("MLI", "coup", "2000-06", "2000-06", "L"), ("MLI", "attack", "2000-08", "2000-08", "H"))
    assert not any(o.ongoing.any() for o in found.values())


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_counts_each_of_its_kinds(truth: Callable[..., dict[str, Outcomes]], target: str) -> None:
    for kind in TARGETS[target]:
        assert months_of(truth(("MLI", kind, "2000-06", "2000-06", "M"))[target].onsets) == ["2000-06"], kind


def test_disruption_is_any_of_the_three_parts_on_the_real_catalogue(starter: Panel) -> None:
    found = outcomes(starter)
    parts = np.logical_or.reduce([found[t].ongoing for t in ("fighting", "strangulation", "seizure")])
    assert (found["disruption"].ongoing == parts).all()
    assert found["disruption"].onsets.sum() > 400
