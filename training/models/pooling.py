"""Log-linear opinion pools of hazards: weights and level estimated from out-of-fold forecasts with published outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.dataset.rows import LabelledRows
from training.dataset.target import MAX_HORIZON
from training.models.base import LARGEST_HAZARD, Floats, Recalibration

DRAWN_TO_WEIGHTS = 10_000.0
DRAWN_TO_LEVEL = 1_000.0
"""Ridge penalties that shrink weights and level to the prior, in row-months with an onset; each onset is seen from up to
twelve origins. Chosen on origins before 2010."""
SMALLEST_INTENSITY = 1e-9
NEWTON_STEPS = 20


@dataclass(frozen=True)
class Pool:
    """A log-linear pool: ln(intensity) = level + sum of weight x ln(member's intensity), intensity being -ln(1 - hazard).

    Genest & Zidek 1986, doi:10.1214/ss/1177013825. Weights need not add up to one; they and the level recalibrate the pool.

    Attributes:
        weights: Member -> weight.
        level: Intercept on the scale of ln(intensity per month).
    """

    weights: dict[str, float]
    level: float

    def recalibrated(self, line: Recalibration) -> "Pool":
        """Return the pool whose ln(intensity) is the line's: it scales weights and level by its slope."""
        return Pool({m: line.slope * w for m, w in self.weights.items()}, line.intercept + line.slope * self.level)


def intensity(hazard: Floats) -> Floats:
    """Return the monthly intensity -ln(1 - hazard), clipped to stay above 0."""
    return np.maximum(-np.log1p(-np.clip(hazard, 0, LARGEST_HAZARD)), SMALLEST_INTENSITY)


def pooled(hazards: Mapping[str, Floats], pool: Pool) -> Floats:
    """Return the pool's hazards from its members', all of one shape (`hazards`: member -> hazards)."""
    logs = sum((pool.weights[name] * np.log(intensity(h)) for name, h in hazards.items()), np.float64(pool.level))
    return np.asarray(np.clip(-np.expm1(-np.exp(logs)), 0, LARGEST_HAZARD))


def fit_pool(
    hazards: Mapping[str, Floats], rows: LabelledRows, target: str, labels_until: int, prior: Mapping[str, float]
) -> Pool:
    """Fit a pool by penalised Poisson regression on the row-months at risk whose outcomes were published.

    Maximises sum(onset x eta - exp(eta)) - |penalty^(1/2) (coefficients - prior)|^2 / 2 by Newton's method, with
    eta = level + sum of weight x ln(member's intensity), the likelihood of a piecewise exponential hazard.

    Args:
        hazards: Member -> out-of-fold hazards, shape (rows, 12).
        rows: The rows forecast, with their outcomes.
        target: Name of the target.
        labels_until: Index of the last month whose outcomes count as published.
        prior: Member -> weight to shrink to; the prior level is 0.

    Returns:
        The fitted pool; the prior where no month at risk was published.
    """
    names = list(prior)
    prior_weights = np.array([prior[name] for name in names])
    ahead = np.arange(1, MAX_HORIZON + 1)
    first = rows.first_onset[target]
    known = np.minimum(first, min(labels_until, rows.known_to) - rows.origin_index)
    at_risk = rows.calm[target][:, None] & (ahead[None, :] <= known[:, None])
    if not at_risk.any():
        return Pool(dict(prior), 0.0)
    logs = np.column_stack([np.log(intensity(hazards[name])[at_risk]) for name in names])
    onset = (ahead[None, :] == first[:, None])[at_risk].astype(float)
    centre = logs.mean(axis=0)
    design = np.column_stack([logs - centre, np.ones(len(logs))])
    start = np.append(prior_weights, centre @ prior_weights)
    penalty = np.append(np.full(len(names), DRAWN_TO_WEIGHTS), DRAWN_TO_LEVEL)
    coefficients = start.copy()
    for _ in range(NEWTON_STEPS):
        expected = np.exp(design @ coefficients)
        slope = design.T @ (onset - expected) - penalty * (coefficients - start)
        step = np.linalg.solve((design * expected[:, None]).T @ design + np.diag(penalty), slope)
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-6:
            break
    weights = dict(zip(names, coefficients[:-1].tolist(), strict=True))
    return Pool(weights, float(coefficients[-1] - centre @ coefficients[:-1]))
