"""Redrawn scores against scikit-learn's weighted ones, and intervals against worlds whose truth is known."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from training.evaluation import scores
from training.evaluation.bootstrap import BootstrapWeights, ClusterBootstrap
from training.evaluation.paired_differences import interval

Case = tuple[np.ndarray, np.ndarray, np.ndarray]


@st.composite
def weighted(draw: st.DrawFn) -> Case:
    """Return risks in tenths (so that many are tied), outcomes with both kinds, and whole weights."""
    size = draw(st.integers(2, 30))
    column = lambda values: st.lists(values, min_size=size, max_size=size)  # noqa: E731
    risk, happened, weight = (draw(column(v)) for v in (st.integers(0, 10), st.booleans(), st.integers(0, 4)))
    event, weight = np.array(happened), np.array(weight, float)
    assume(weight[event].sum() > 0 and weight[~event].sum() > 0)
    return np.array(risk) / 10, event, weight


def redrawn(event: np.ndarray, weight: np.ndarray) -> ClusterBootstrap:
    """Let every row be a group of its own: line 0 as it is, line 1 with the weights."""
    number = np.arange(len(event))
    multiplicity = np.vstack([np.ones(len(event)), weight])
    return ClusterBootstrap(BootstrapWeights(multiplicity, multiplicity), np.where(event, number, -1), number)


@given(weighted())
def test_auroc_and_average_precision_of_a_draw_are_scikit_learns_with_its_weights(case: Case) -> None:
    risk, event, weight = case
    auroc, precision = redrawn(event, weight).ranking(risk)
    assert auroc[1] == pytest.approx(roc_auc_score(event, risk, sample_weight=weight))
    assert precision[1] == pytest.approx(average_precision_score(event, risk, sample_weight=weight))


@given(weighted())
def test_the_first_draw_is_the_data_as_they_are(case: Case) -> None:
    risk, event, weight = case
    made, observed = redrawn(event, weight), event.astype(float)
    auroc, precision = made.ranking(risk)
    assert auroc[0] == pytest.approx(scores.auroc(risk, observed))
    assert precision[0] == pytest.approx(scores.average_precision(risk, observed))
    assert made.log_score(risk)[0] == pytest.approx(scores.log_score(risk, observed))
    assert made.brier_score(risk)[0] == pytest.approx(scores.brier_score(risk, observed))


@given(weighted())
def test_log_and_brier_scores_of_a_draw_are_weighted_means(case: Case) -> None:
    risk, event, weight = case
    made = redrawn(event, weight)
    assert made.brier_score(risk)[1] == pytest.approx(np.average((risk - event) ** 2, weights=weight))
    losses = scores.log_losses(risk, event.astype(float))
    assert made.log_score(risk)[1] == pytest.approx(np.average(losses, weights=weight))


def test_rows_of_one_episode_share_a_multiplicity_and_quiet_rows_that_of_their_capital() -> None:
    # episode 0 (two rows, drawn twice), episode 1 (drawn never); capital 0 (one quiet row, thrice), capital 1 (once)
    draws = BootstrapWeights(np.array([[1.0, 1.0], [2.0, 0.0]]), np.array([[1.0, 1.0], [3.0, 1.0]]))
    made = ClusterBootstrap(draws, np.array([0, 0, 1, -1, -1]), np.array([0, 0, 1, 0, 1]))
    assert made.mean(np.array([1.0, 2.0, 9.0, 4.0, 5.0])).tolist() == [21 / 5, (2 * 3 + 3 * 4 + 5) / (4 + 3 + 1)]
    assert (made.events.tolist(), made.quiet.tolist()) == ([3, 4], [2, 4])


def test_a_draw_without_any_episode_has_no_ranking_score() -> None:
    draws = BootstrapWeights(np.array([[1.0], [0.0]]), np.ones((2, 1)))
    auroc, precision = ClusterBootstrap(draws, np.array([0, -1]), np.array([0, 0])).ranking(np.array([0.2, 0.1]))
    assert np.isnan([auroc[1], precision[1]]).all()
    assert (auroc[0], precision[0]) == (1, 1)


def test_draws_keep_the_number_of_capitals_and_let_that_of_episodes_vary() -> None:
    draws = BootstrapWeights.draw(episodes=100, capitals=20, count=400)
    assert draws.episodes[0].tolist() == [1] * 100
    assert (draws.capitals.sum(axis=1) == 20).all()
    number = draws.episodes[1:].sum(axis=1)
    # a Poisson number of episodes: variance 100, within a fifth over 400 draws
    assert number.mean() == pytest.approx(100, abs=2)
    assert number.var() == pytest.approx(100, rel=0.2)


CAPITALS, MONTHS, WINDOW = 80, 120, 6
PLACE = np.repeat(np.arange(CAPITALS), MONTHS)
LEVEL = np.random.default_rng(1).normal(-5.0, 1.0, CAPITALS)


def world(chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each row's onset, the risk said by a method that sees the state of things, and by one that knows the capital alone."""
    state = np.zeros((CAPITALS, MONTHS + WINDOW))
    for month in range(1, state.shape[1]):
        state[:, month] = 0.95 * state[:, month - 1] + chance.normal(0, 0.25, CAPITALS)
    happens = chance.random(state.shape) < np.exp(LEVEL[:, None] + state)
    ahead = np.full((CAPITALS, MONTHS), 0)
    for k in range(WINDOW, 0, -1):
        ahead = np.where(happens[:, k : MONTHS + k], k, ahead)
    when = PLACE * 1000 + np.tile(np.arange(MONTHS), CAPITALS) + ahead.ravel()
    hit = ahead.ravel() > 0
    onset = np.full(len(when), -1)
    onset[hit] = np.unique(when[hit], return_inverse=True)[1]
    seen, blind = (
        1 - np.exp(-WINDOW * np.exp(LEVEL[:, None] + share * state[:, :MONTHS])).ravel() for share in (0.7, 0.0)
    )
    return onset, np.minimum(seen, 0.95), np.minimum(blind, 0.95)


def log_gain(made: ClusterBootstrap, seen: np.ndarray, blind: np.ndarray) -> np.ndarray:
    return made.log_score(seen) - made.log_score(blind)


def auroc_gain(made: ClusterBootstrap, seen: np.ndarray, blind: np.ndarray) -> np.ndarray:
    return made.ranking(seen)[0] - made.ranking(blind)[0]


def test_intervals_over_episodes_hold_the_truth_and_intervals_over_single_rows_do_not() -> None:
    chance = np.random.default_rng(2)
    once = BootstrapWeights(np.ones((1, 2000)), np.ones((1, CAPITALS)))
    many = [(ClusterBootstrap(once, onset, PLACE), *said) for onset, *said in (world(chance) for _ in range(150))]
    log_truth, auroc_truth = (np.mean([found(*one)[0] for one in many]) for found in (log_gain, auroc_gain))
    held: dict[str, list[bool]] = {"log": [], "auroc": [], "log, single rows": []}

    def note(name: str, truth: float, draws: np.ndarray) -> None:
        low, high = interval(draws)
        held[name].append(low <= truth <= high)

    for seed in range(50):
        onset, *said = world(chance)
        made = ClusterBootstrap(BootstrapWeights.draw(onset.max() + 1, CAPITALS, 150, seed), onset, PLACE)
        note("log", log_truth, log_gain(made, *said)[1:])
        note("auroc", auroc_truth, auroc_gain(made, *said)[1:])
        event = onset >= 0
        rows = BootstrapWeights(chance.poisson(1.0, (150, event.sum())).astype(float), np.ones((150, CAPITALS)))
        alone = ClusterBootstrap(rows, np.where(event, np.cumsum(event) - 1, -1), PLACE)
        note("log, single rows", log_truth, log_gain(alone, *said))
    share = {name: np.mean(found) for name, found in held.items()}
    assert share["log"] >= 0.9, share
    assert share["auroc"] >= 0.9, share
    assert share["log, single rows"] <= 0.8, share
