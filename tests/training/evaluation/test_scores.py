"""Scores against fractions worked out by hand, and what must hold for any forecast."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from training.evaluation import scores

RISK = np.array([0.1, 0.4, 0.8, 0.5])
OBSERVED = np.array([0.0, 0.0, 1.0, 1.0])

outcomes = st.lists(st.booleans(), min_size=2, max_size=40)


@st.composite
def forecasts(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Return risks in hundredths and outcomes of one length."""
    happened = draw(outcomes)
    risk = draw(st.lists(st.integers(0, 100), min_size=len(happened), max_size=len(happened)))
    return np.array(risk) / 100, np.array(happened, float)


def test_brier_score_is_the_mean_squared_difference() -> None:
    # (.1^2 + .4^2 + .2^2 + .5^2) / 4 = (.01 + .16 + .04 + .25) / 4
    assert scores.brier_score(RISK, OBSERVED) == pytest.approx(0.46 / 4)


def test_log_score_is_the_mean_log_of_what_was_given_to_what_happened() -> None:
    assert scores.log_score(RISK, OBSERVED) == pytest.approx(-(np.log(0.9 * 0.6 * 0.8 * 0.5)) / 4)


def test_one_certain_miss_costs_a_finite_log_score() -> None:
    # risks are kept a millionth from 0 and 1
    assert scores.log_score(np.array([0.0]), np.array([1.0])) == pytest.approx(6 * np.log(10))


def test_skill_is_one_minus_the_ratio() -> None:
    assert scores.skill(0.02, 0.08) == 1 - 1 / 4
    assert scores.skill(0.12, 0.08) == pytest.approx(-1 / 2)
    assert np.isnan(scores.skill(0.0, 0.0))


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    # pairs (event, quiet): .8>.3, .8>.6, .5>.3, .5<.6 -> three of four
    assert scores.auroc(np.array([0.3, 0.6, 0.8, 0.5]), OBSERVED) == 3 / 4


def test_average_precision_is_the_mean_precision_at_the_events() -> None:
    # from the top: .8 event (1/1), .6 quiet, .5 event (2/3) -> (1 + 2/3) / 2
    assert scores.average_precision(np.array([0.3, 0.6, 0.8, 0.5]), OBSERVED) == pytest.approx((1 + 2 / 3) / 2)


def test_recall_counts_the_events_among_the_highest_share() -> None:
    risk, observed = np.arange(40) / 100, np.zeros(40)
    observed[[39, 20, 3, 2]] = 1
    # 5 % of 40 forecasts are two alarms, .39 and .38: one of four events
    assert scores.recall_at(risk, observed) == 1 / 4
    assert scores.recall_at(risk, observed, share=0.5) == 2 / 4


def test_reliability_bins_hold_equally_many_forecasts_from_the_lowest_risk_up() -> None:
    forecast, happened, count = scores.reliability_curve(RISK, OBSERVED, bins=2)
    assert forecast == pytest.approx([(0.1 + 0.4) / 2, (0.5 + 0.8) / 2])
    assert happened.tolist() == [0, 1]
    assert count.tolist() == [2, 2]


def test_calibration_error_is_the_mean_gap_of_the_bins() -> None:
    # gaps |.25 - 0| and |.65 - 1| of two equally large bins
    assert scores.calibration_error(RISK, OBSERVED, bins=2) == pytest.approx((0.25 + 0.35) / 2)


def test_bins_of_unequal_size_weigh_by_their_size() -> None:
    # three forecasts in two bins: {.1, .4} with gap .25 counts twice, {.8} with gap .2 once
    assert scores.calibration_error(RISK[:3], OBSERVED[:3], bins=2) == pytest.approx((2 * 0.25 + 0.2) / 3)


@given(st.lists(st.integers(0, 8), min_size=1, max_size=6, unique=True))
def test_calibration_error_is_0_when_every_bin_holds_its_share_of_events(eighths: list[int]) -> None:
    risk = np.repeat(np.sort(eighths) / 8, 8)
    observed = np.concatenate([np.arange(8) < k for k in np.sort(eighths)]).astype(float)
    assert scores.calibration_error(risk, observed, bins=len(eighths)) == pytest.approx(0, abs=1e-12)


@given(forecasts())
def test_brier_score_and_calibration_error_lie_between_0_and_1(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert 0 <= scores.brier_score(*pair) <= 1
    assert 0 <= scores.calibration_error(*pair) <= 1


@given(forecasts())
def test_the_reference_has_no_skill_against_itself(pair: tuple[np.ndarray, np.ndarray]) -> None:
    score = scores.brier_score(*pair)
    assume(score > 0)
    assert scores.skill(score, score) == 0


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999))
@pytest.mark.parametrize("score", [scores.log_score, scores.brier_score])
def test_saying_the_truth_has_the_best_expected_score(score: Callable[..., float], truth: float, said: float) -> None:
    def expected(risk: float) -> float:
        return truth * score(np.array([risk]), np.ones(1)) + (1 - truth) * score(np.array([risk]), np.zeros(1))

    assert expected(truth) <= expected(said) + 1e-12


@given(forecasts(), st.floats(0.1, 5))
def test_ranking_scores_ignore_a_monotone_change_of_the_risks(
    pair: tuple[np.ndarray, np.ndarray], power: float
) -> None:
    risk, observed = pair
    assume(0 < observed.sum() < len(observed))
    changed = (0.05 + 0.9 * risk) ** power
    assert scores.auroc(changed, observed) == pytest.approx(scores.auroc(risk, observed))
    assert scores.average_precision(changed, observed) == pytest.approx(scores.average_precision(risk, observed))


@given(forecasts())
def test_turning_the_ranking_round_turns_the_auroc_round(pair: tuple[np.ndarray, np.ndarray]) -> None:
    risk, observed = pair
    assume(0 < observed.sum() < len(observed))
    assert scores.auroc(1 - risk, observed) == pytest.approx(1 - scores.auroc(risk, observed))


def test_a_score_that_needs_events_is_nan_without_one() -> None:
    quiet = np.zeros(4)
    assert np.isnan(
        [scores.auroc(RISK, quiet), scores.average_precision(RISK, quiet), scores.recall_at(RISK, quiet)]
    ).all()
    assert np.isnan(scores.auroc(RISK, np.ones(4)))


@pytest.mark.parametrize(
    ("risk", "observed", "message"),
    [
        ([0.1, 0.2], [1.0], r"equally long columns, got shapes \(2,\) and \(1,\)"),
        ([[0.1]], [[1.0]], r"got shapes \(1, 1\)"),
        ([1.5, 0.1], [1.0, 0.0], r"risk must lie in \[0, 1\], got \[1.5\]"),
        ([-0.5, 0.1], [1.0, 0.0], r"risk must lie in \[0, 1\], got \[-0.5\]"),
        ([np.nan, 0.1], [1.0, 0.0], r"risk must lie in \[0, 1\], got \[nan\]"),
        ([0.1, 0.1], [np.nan, 0.0], r"observed must be 0 or 1, got \[nan\]; drop open windows first"),
        ([0.1, 0.1], [2.0, 0.0], r"observed must be 0 or 1, got \[2.\]"),
    ],
)
@pytest.mark.parametrize(
    "score",
    [
        scores.brier_score,
        scores.log_score,
        scores.auroc,
        scores.average_precision,
        scores.recall_at,
        scores.calibration_error,
    ],
)
def test_what_is_no_forecast_is_refused(
    score: Callable[..., float], risk: list[float], observed: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        score(np.array(risk), np.array(observed))


def test_the_lead_is_that_of_an_onsets_first_alert_whether_or_not_it_stood() -> None:
    # two alarms are .9 and .8, both before onset 7, four months and one month ahead; onset 8 had none
    risk = np.array([0.9, 0.1, 0.8, 0.3, 0.2])
    lead, onset = np.array([4, 2, 1, 1, 0]), np.array([7, 7, 7, 8, -1])
    assert scores.lead_times(risk, lead, onset, share=0.4).tolist() == [4]
    assert sorted(scores.lead_times(risk, lead, onset, share=1.0).tolist()) == [1, 4]
    assert scores.lead_times(1 - risk, lead, onset, share=0.2).tolist() == [2]


def test_alerts_before_no_onset_have_no_lead() -> None:
    assert scores.lead_times(RISK, np.zeros(4, int), np.full(4, -1)).tolist() == []


@given(forecasts())
def test_as_many_onsets_are_alerted_as_recall_counts_when_each_has_one_row(
    pair: tuple[np.ndarray, np.ndarray],
) -> None:
    risk, observed = pair
    assume(observed.any())
    onset = np.where(observed > 0, np.arange(len(observed)), -1)
    found = scores.lead_times(risk, np.ones(len(risk), int), onset, share=0.3)
    assert len(found) / observed.sum() == scores.recall_at(risk, observed, share=0.3)
