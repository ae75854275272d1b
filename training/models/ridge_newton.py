"""Ridge logistic regression by Newton's method on a wide design held once, in single precision.

scikit-learn's solver copies the design twice an iteration and cannot take single precision here, as it would also invert
in it; two fits side by side then hold gigabytes.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Design = npt.NDArray[np.float32]

CHUNK = 4096
STEPS = 30
CLOSE_ENOUGH = 1e-3
"""Largest change of a coefficient in the last step."""
HALVINGS = 12
NOISE = 1e-6
"""Share of the loss that single precision may add."""


def ridge_logistic(design: Design, onset: Floats, weight: Floats, strength: float) -> tuple[Floats, float]:
    """Return coefficients and intercept that minimise |coefficients|^2 / 2 + strength x weighted log loss.

    The intercept is not penalised. Raises ValueError where the steps do not settle.
    """
    rate = float(np.average(onset, weights=weight))
    found = np.append(np.zeros(design.shape[1]), np.log(rate) - np.log1p(-rate))
    penalty = np.append(np.full(design.shape[1], 1 / strength), 0.0)
    score = _score(design, found)
    for _ in range(STEPS):
        risk = 1 / (1 + np.exp(-score))
        missed = weight * (onset - risk)
        slope = np.append((missed.astype(np.float32) @ design).astype(float), missed.sum()) - penalty * found
        step = np.linalg.solve(_curvature(design, weight * risk * (1 - risk)) + np.diag(penalty), slope)
        loss = _loss(score, onset, weight, found, penalty)
        # A whole step overshoots where rare onsets lie far from the rest, as in a redrawn past.
        for _ in range(HALVINGS):
            score = _score(design, found + step)
            if _loss(score, onset, weight, found + step, penalty) <= loss * (1 + NOISE):
                break
            step = step / 2
        else:
            score = _score(design, found + step)
        found = found + step
        if np.abs(step).max() < CLOSE_ENOUGH:
            return found[:-1], float(found[-1])
    raise ValueError(f"the logistic fit did not settle in {STEPS} steps: last change {np.abs(step).max():.3g}")


def _score(design: Design, found: Floats) -> Floats:
    return np.asarray((design @ found[:-1].astype(np.float32)).astype(float) + found[-1])


def _loss(score: Floats, onset: Floats, weight: Floats, found: Floats, penalty: Floats) -> float:
    return float((weight * (np.logaddexp(0, score) - onset * score)).sum() + (penalty * found**2).sum() / 2)


def _curvature(design: Design, weight: Floats) -> Floats:
    """Sum weight x row x row' with a last column of ones, a chunk of rows at a time."""
    width = design.shape[1]
    total = np.zeros((width + 1, width + 1))
    for start in range(0, len(design), CHUNK):
        root = np.sqrt(weight[start : start + CHUNK]).astype(np.float32)
        rows = np.column_stack([design[start : start + CHUNK] * root[:, None], root])
        total += rows.T @ rows
    return total
