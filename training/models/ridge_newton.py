"""Ridge logistic regression by Newton's method with step halving, on a wide design kept once in single precision.

scikit-learn's solver copies the design twice an iteration and would also invert the Hessian in single precision; two fits
side by side then take gigabytes.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Design = npt.NDArray[np.float32]

CHUNK = 4096
STEPS = 30
TOLERANCE = 1e-3
"""Largest change of a coefficient in the last step."""
HALVINGS = 12
NOISE = 1e-6
"""Share of the loss that single precision may add."""


def ridge_logistic(design: Design, onset: Floats, weight: Floats, strength: float) -> tuple[Floats, float]:
    """Return coefficients and intercept that minimise |coefficients|^2 / 2 + strength x weighted log loss.

    le Cessie & van Houwelingen 1992, doi:10.2307/2347628. The intercept is not penalised.

    Args:
        design: Shape (rows, columns), single precision.
        onset: 1 where the onset fell in the row's month, else 0, shape (rows,).
        weight: Weight of each row, shape (rows,).
        strength: Inverse of the ridge penalty.

    Returns:
        Coefficients, shape (columns,), and the intercept.

    Raises:
        ValueError: Newton's method did not converge.
    """
    rate = float(np.average(onset, weights=weight))
    coefficients = np.append(np.zeros(design.shape[1]), np.log(rate) - np.log1p(-rate))
    penalty = np.append(np.full(design.shape[1], 1 / strength), 0.0)
    score = _score(design, coefficients)
    for _ in range(STEPS):
        risk = 1 / (1 + np.exp(-score))
        residual = weight * (onset - risk)
        slope = np.append((residual.astype(np.float32) @ design).astype(float), residual.sum()) - penalty * coefficients
        step = np.linalg.solve(_curvature(design, weight * risk * (1 - risk)) + np.diag(penalty), slope)
        loss = _loss(score, onset, weight, coefficients, penalty)
        # A whole step overshoots where rare onsets lie far from the rest, as in a redrawn past.
        for _ in range(HALVINGS):
            score = _score(design, coefficients + step)
            if _loss(score, onset, weight, coefficients + step, penalty) <= loss * (1 + NOISE):
                break
            step = step / 2
        else:
            score = _score(design, coefficients + step)
        coefficients = coefficients + step
        if np.abs(step).max() < TOLERANCE:
            return coefficients[:-1], float(coefficients[-1])
    raise ValueError(
        f"the logistic fit did not converge in {STEPS} Newton steps: largest change {np.abs(step).max():.3g}, "
        f"expected below {TOLERANCE}; raise the penalty or drop columns that repeat others"
    )


def _score(design: Design, coefficients: Floats) -> Floats:
    return np.asarray((design @ coefficients[:-1].astype(np.float32)).astype(float) + coefficients[-1])


def _loss(score: Floats, onset: Floats, weight: Floats, coefficients: Floats, penalty: Floats) -> float:
    return float((weight * (np.logaddexp(0, score) - onset * score)).sum() + (penalty * coefficients**2).sum() / 2)


def _curvature(design: Design, weight: Floats) -> Floats:
    """Return the Hessian, the sum of weight x row x row' with a last column of ones, a chunk of rows at a time."""
    width = design.shape[1]
    total = np.zeros((width + 1, width + 1))
    for start in range(0, len(design), CHUNK):
        root = np.sqrt(weight[start : start + CHUNK]).astype(np.float32)
        rows = np.column_stack([design[start : start + CHUNK] * root[:, None], root])
        total += rows.T @ rows
    return total
