"""Log-linear pools of hazards: their weights and level, learned from forecasts whose outcomes have since been published."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.dataset.rows import LabelledRows
from training.dataset.target import MAX_HORIZON
from training.models.base import LARGEST_HAZARD, Floats

DRAWN_TO_WEIGHTS = 10_000.0
DRAWN_TO_LEVEL = 1_000.0
"""How strongly weights and level are held to the prior, in row-months with an onset; each onset is seen from up to twelve
origins. Chosen on origins before 2010."""
SMALLEST_INTENSITY = 1e-9
NEWTON_STEPS = 20


@dataclass(frozen=True)
class Pool:
    """ln(intensity) = level + sum of weight x ln(member's intensity), intensity being -ln(1 - hazard) a month.

    Genest & Zidek 1986, doi:10.1214/ss/1177013825. Weights that do not add up to one and a level other than 0 are what
    recalibrates the pool.
    """

    weights: dict[str, float]
    level: float


def intensity(hazard: Floats) -> Floats:
    """Return -ln(1 - hazard), kept above 0."""
    return np.maximum(-np.log1p(-np.clip(hazard, 0, LARGEST_HAZARD)), SMALLEST_INTENSITY)


def pooled(hazards: Mapping[str, Floats], pool: Pool) -> Floats:
    """Return the pool's hazards, of the shape of each member's."""
    logs = sum((pool.weights[name] * np.log(intensity(h)) for name, h in hazards.items()), np.float64(pool.level))
    return np.asarray(np.clip(-np.expm1(-np.exp(logs)), 0, LARGEST_HAZARD))


def fit_pool(
    hazards: Mapping[str, Floats], rows: LabelledRows, target: str, labels_until: int, prior: Mapping[str, float]
) -> Pool:
    """Fit a pool by penalised Poisson regression on the row-months at risk that had been published.

    `hazards` gives each member's, shape (rows, 12); with no published month the pool is the prior.
    """
    names = list(prior)
    wanted = np.array([prior[name] for name in names])
    ahead = np.arange(1, MAX_HORIZON + 1)
    first = rows.first_onset[target]
    known = np.minimum(first, labels_until - rows.origin_index)
    at_risk = rows.calm[target][:, None] & (ahead[None, :] <= known[:, None])
    if not at_risk.any():
        return Pool(dict(prior), 0.0)
    logs = np.column_stack([np.log(intensity(hazards[name])[at_risk]) for name in names])
    onset = (ahead[None, :] == first[:, None])[at_risk].astype(float)
    centre = logs.mean(axis=0)
    design = np.column_stack([logs - centre, np.ones(len(logs))])
    start = np.append(wanted, centre @ wanted)
    penalty = np.append(np.full(len(names), DRAWN_TO_WEIGHTS), DRAWN_TO_LEVEL)
    found = start.copy()
    for _ in range(NEWTON_STEPS):
        expected = np.exp(design @ found)
        slope = design.T @ (onset - expected) - penalty * (found - start)
        step = np.linalg.solve((design * expected[:, None]).T @ design + np.diag(penalty), slope)
        found = found + step
        if np.abs(step).max() < 1e-6:
            break
    weights = dict(zip(names, found[:-1].tolist(), strict=True))
    return Pool(weights, float(found[-1] - centre @ found[:-1]))
