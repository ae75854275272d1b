"""Pools of hazards: what the weights mean, what is learned from the past, and what must not be."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.contracts.forecasts import TARGETS
from training.dataset.rows import LabelledRows
from training.models.pooling import Pool, fit_pool, intensity, pooled

PRIOR = {"first": 0.5, "second": 0.5}
hazards = st.lists(st.floats(0.0001, 0.5), min_size=12, max_size=12).map(lambda row: np.array([row]))


def past(first_onset: list[int], origin_index: int = 100) -> LabelledRows:
    """Calm rows of one origin with the months to their next onset."""
    count = len(first_onset)
    return LabelledRows(
        pd.DataFrame(index=range(count)),
        dict.fromkeys(TARGETS, np.ones(count, bool)),
        dict.fromkeys(TARGETS, np.array(first_onset)),
        np.full(count, origin_index),
    )


def test_equal_weights_take_the_geometric_mean_of_the_intensities() -> None:
    given_hazards = {"first": np.array([[0.01]]), "second": np.array([[0.04]])}
    made = pooled(given_hazards, Pool(PRIOR, 0.0))
    assert intensity(made)[0, 0] == pytest.approx(np.sqrt(intensity(np.array(0.01)) * intensity(np.array(0.04))))


def test_a_level_of_ln_2_doubles_the_intensity() -> None:
    hazard = np.array([[0.02]])
    made = pooled({"first": hazard}, Pool({"first": 1.0}, float(np.log(2))))
    assert intensity(made) == pytest.approx(2 * intensity(hazard))


@given(hazards, hazards)
def test_a_pool_with_weights_that_add_up_to_one_lies_between_its_members(one: np.ndarray, other: np.ndarray) -> None:
    made = pooled({"first": one, "second": other}, Pool({"first": 0.3, "second": 0.7}, 0.0))
    assert (made >= np.minimum(one, other) - 1e-9).all()
    assert (made <= np.maximum(one, other) + 1e-9).all()


def test_without_a_published_month_the_pool_is_the_prior() -> None:
    flat = {name: np.full((2, 12), 0.01) for name in PRIOR}
    assert fit_pool(flat, past([13, 1]), "seizure", labels_until=100, prior=PRIOR) == Pool(PRIOR, 0.0)


def test_forecasts_that_were_half_of_what_happened_raise_the_level() -> None:
    # 40,000 rows at 1 % a month for one published month expect 400 onsets; 800 came
    rows = past([1] * 800 + [13] * 39_200)
    flat = {name: np.full((40_000, 12), 0.01) for name in PRIOR}
    pool = fit_pool(flat, rows, "disruption", labels_until=101, prior=PRIOR)
    assert 1.1 < intensity(pooled(flat, pool))[0, 0] / intensity(np.array(0.01)) < 2
    assert pool.weights == pytest.approx(PRIOR, abs=0.01)


def test_the_member_that_told_the_onsets_apart_gains_weight() -> None:
    told = np.where(np.arange(40_000) < 2_000, 0.2, 0.01)
    rows = past([1 if r < 2_000 and r % 5 == 0 else 13 for r in range(40_000)])
    made = {"first": np.tile(told[:, None], 12), "second": np.full((40_000, 12), 0.01)}
    pool = fit_pool(made, rows, "disruption", labels_until=101, prior=PRIOR)
    assert pool.weights["first"] > 0.5


def test_what_came_after_the_last_published_month_changes_nothing() -> None:
    made = {name: np.full((3, 12), 0.01) for name in PRIOR}
    early = fit_pool(made, past([2, 13, 13]), "fighting", labels_until=101, prior=PRIOR)
    late = fit_pool(made, past([13, 2, 5]), "fighting", labels_until=101, prior=PRIOR)
    assert early == late


def test_months_that_nobody_has_reviewed_are_no_quiet_months() -> None:
    made = {name: np.full((40_000, 12), 0.01) for name in PRIOR}
    rows = replace(past([1] * 400 + [13] * 39_600), known_to=101)
    assert fit_pool(made, rows, "fighting", 112, PRIOR) == fit_pool(made, rows, "fighting", 101, PRIOR)
    assert fit_pool(made, replace(rows, known_to=112), "fighting", 112, PRIOR).level < -0.5
