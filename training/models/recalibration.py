"""Recalibration: intercept and slope of ln(intensity), from expected and observed onsets of the last years.

The years move the level of all risks, as the coups since 2020 did, and a mean over decades does not follow; and a forecast
of rare events that is right on average can still be too low where risks are high. Calibration in the large and calibration
slope: Cox 1958, doi:10.1093/biomet/45.3-4.562.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from data.contracts.forecasts import PARTS
from training.dataset.rows import LabelledRows
from training.dataset.target import MAX_HORIZON
from training.models.base import LARGEST_HAZARD, Floats, Hazards, Recalibration

HALF_LIFE_MONTHS = 12.0
RIDGE_LEVEL = 40.0
RIDGE_SLOPE = 200.0
"""Ridge penalties that shrink the level to its prior and the slope to 1, in row-months with an onset; each onset is seen from
up to twelve origins. How they were chosen: docs/methods.md."""
EDGES = np.linspace(-13, 0, 53)
"""Bounds of the bins of ln(intensity per month), a quarter wide; intensities beyond them count in the outermost ones."""
MIDDLES = (EDGES[1:] + EDGES[:-1]) / 2
NEWTON_STEPS = 30


@dataclass(frozen=True)
class OnsetCounts:
    """Onsets expected and observed over row-months at risk.

    Attributes:
        expected: Sum of intensities by index of the month and bin of ln(intensity), shape (months, bins).
        observed: Number of onsets, same shape.
        known_to: Index of the last month the catalogue covers; later ones are not counted, and none of these ages beyond it.
    """

    expected: Floats
    observed: Floats
    known_to: int

    @classmethod
    def of(cls, hazard: Floats, rows: LabelledRows, target: str) -> Self:
        """Add up the intensities and onsets of one target over the months that the catalogue has reached.

        Args:
            hazard: Out-of-fold hazards of the target, shape (rows, 12).
            rows: The rows forecast, with their outcomes.
            target: Name of the target.
        """
        ahead = np.arange(1, MAX_HORIZON + 1)
        first, month = rows.first_onset[target][:, None], rows.origin_index[:, None] + ahead
        counted: npt.NDArray[np.bool_] = rows.calm[target][:, None] & (ahead <= first) & (month <= rows.known_to)
        intensity = -np.log1p(-np.clip(hazard[counted], 1e-12, LARGEST_HAZARD))
        place = month[counted] * len(MIDDLES) + np.digitize(np.log(intensity), EDGES[1:-1])
        shape = int(rows.origin_index.max(initial=0)) + MAX_HORIZON + 1, len(MIDDLES)
        return cls(
            np.bincount(place, intensity, shape[0] * shape[1]).reshape(shape).astype(float),
            np.bincount(place[(ahead == first)[counted]], minlength=shape[0] * shape[1]).reshape(shape).astype(float),
            rows.known_to,
        )

    def discounted(self, until: int) -> tuple[Floats, Floats]:
        """Return expected and observed onsets by bin in the months up to `until`, each month halved for every half-life since.

        Discounting lets a rate wander: Smith 1979, doi:10.1111/j.2517-6161.1979.tb01093.x.
        """
        age = min(until, self.known_to) - np.arange(len(self.expected))
        weight = np.where(age >= 0, np.exp2(-np.maximum(age, 0) / HALF_LIFE_MONTHS), 0.0)
        return weight @ self.expected, weight @ self.observed


def count_onsets(hazards: Hazards, rows: LabelledRows) -> dict[str, OnsetCounts]:
    """Return expected and observed onsets by target from out-of-fold hazards, shape (rows, 12) each."""
    return {target: OnsetCounts.of(hazard, rows, target) for target, hazard in hazards.items()}


def fit_recalibrations(counts: Mapping[str, OnsetCounts], until: int) -> dict[str, Recalibration]:
    """Return by target the recalibration as known at a month.

    The level of disruption is drawn to 0, that of each part to disruption's: the years move all targets together, and a part
    alone has few onsets.

    Args:
        counts: Target -> counts of its past out-of-fold forecasts (`count_onsets`).
        until: Index of the last month whose outcomes count as published.
    """
    level, whole = _fit(*counts["disruption"].discounted(until), prior=0.0)
    return {"disruption": whole} | {part: _fit(*counts[part].discounted(until), prior=level)[1] for part in PARTS}


def _fit(expected: Floats, observed: Floats, prior: float) -> tuple[float, Recalibration]:
    """Fit level and slope by penalised Poisson regression with the intensity as offset.

    Maximises sum(observed x eta - expected exp(eta)) - (40 (level - prior)^2 + 200 (slope - 1)^2) / 2 by Newton's method,
    with eta = level + (slope - 1)(x - c), x the bins' ln(intensity) and c their mean weighted by the expected onsets.

    Args:
        expected: Onsets expected by bin, shape (bins,).
        observed: Onsets observed by bin, shape (bins,).
        prior: Level to shrink to.

    Returns:
        The level, and the recalibration.
    """
    if expected.sum() <= 0:
        return prior, Recalibration(prior, 1.0)
    centre = float(MIDDLES @ expected / expected.sum())
    design = np.column_stack([np.ones(len(MIDDLES)), MIDDLES - centre])
    start, penalty = np.array([prior, 0.0]), np.array([RIDGE_LEVEL, RIDGE_SLOPE])
    coefficients = start
    for _ in range(NEWTON_STEPS):
        moved = expected * np.exp(design @ coefficients)
        score = design.T @ (observed - moved) - penalty * (coefficients - start)
        step = np.clip(np.linalg.solve((design * moved[:, None]).T @ design + np.diag(penalty), score), -1, 1)
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-8:
            break
    level, excess = coefficients.tolist()
    return level, Recalibration(level - excess * centre, 1 + excess)
