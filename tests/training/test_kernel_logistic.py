"""Kernel logistic hazards: the random features are a Gaussian kernel, and contributions add up."""

import numpy as np
import pandas as pd

from training.models.kernel_logistic import KernelLogistic, draw_waves
from training.rows import Rows


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


def test_contributions_add_up_to_the_log_odds_against_the_average_row(few: Rows) -> None:
    model = KernelLogistic().fit(few, int(few.origin_index.max()))
    asked = few.features.tail(40).reset_index(drop=True)
    average = asked.head(1).copy()
    average[model.scaling.names] = np.nan

    def log_odds(rows: pd.DataFrame, target: str) -> np.ndarray:
        hazard = model.raw_hazards(rows)[target][:, 2]
        return np.log(hazard / (1 - hazard))

    for target in ("disruption", "seizure"):
        gained = log_odds(asked, target) - log_odds(average, target)
        assert np.allclose(model.contributions(asked, target, 3).sum(axis=1), gained, atol=0.02)
