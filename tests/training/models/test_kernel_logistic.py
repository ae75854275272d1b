"""Kernel logistic hazards: the random features are a Gaussian kernel, and contributions add up."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from training.dataset.rows import LabelledRows
from training.models.kernel_logistic import KernelLogistic, draw_waves
from training.models.ridge_newton import ridge_logistic


def test_the_random_features_approach_the_gaussian_kernel() -> None:
    draw = np.random.default_rng(1)
    one, other = draw.normal(size=(50, 20)), draw.normal(size=(50, 20))
    angles = [values @ draw_waves(20, 3000, 0.3) for values in (one, other)]
    cosine = np.cos(angles[0] - angles[1]).mean(axis=1)
    kernel = np.exp(-0.3 * ((one - other) ** 2).sum(axis=1) / 20)
    assert np.abs(cosine - kernel).max() < 0.05


def test_the_same_waves_are_drawn_at_every_fit() -> None:
    assert np.array_equal(draw_waves(7, 30, 0.3), draw_waves(7, 30, 0.3))
    assert draw_waves(7, 30, 0.3).shape == (7, 30)


def test_contributions_add_up_to_the_log_odds_against_the_average_row(
    few: LabelledRows, fitted: Callable[[str], KernelLogistic]
) -> None:
    model = fitted("kernel_logistic")
    asked = few.features.tail(40).reset_index(drop=True)
    average = asked.head(1).copy()
    average[model.scaling.names] = np.nan

    def log_odds(rows: pd.DataFrame, target: str) -> np.ndarray:
        hazard = model.raw_hazards(rows)[target][:, 2]
        return np.log(hazard / (1 - hazard))

    for target in ("disruption", "seizure"):
        gained = log_odds(asked, target) - log_odds(average, target)
        assert np.allclose(model.contributions(asked, target, 3).drop(columns="base").sum(axis=1), gained, atol=0.02)


def test_the_fit_is_that_of_scikit_learn() -> None:
    draw = np.random.default_rng(2)
    design = draw.normal(size=(3000, 12)).astype(np.float32)
    onset = (draw.random(3000) < 1 / (1 + np.exp(3 - design[:, 0]))).astype(float)
    weight = draw.integers(1, 5, 3000).astype(float)
    expected = LogisticRegression(C=0.05, solver="newton-cholesky", tol=1e-8).fit(design, onset, sample_weight=weight)
    found, intercept = ridge_logistic(design, onset, weight, 0.05)
    assert np.allclose(found, expected.coef_[0], atol=1e-3)
    assert np.isclose(intercept, expected.intercept_[0], atol=1e-3)
