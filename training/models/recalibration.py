"""Recalibration in the large: expected and observed onsets of the last years, and the factor that brings them together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from training.dataset.rows import LabelledRows
from training.dataset.target import MAX_HORIZON
from training.models.base import LARGEST_HAZARD, Floats, Hazards

HALF_LIFE_MONTHS = 24.0
SHRUNK_TO_ONE = 60.0
"""Prior weight of a ratio of 1, in row-months with an onset; five onsets, as each is seen from up to twelve origins.

The years move the level of all risks, as the coups since 2020 did, and a mean over decades does not follow. Both were
chosen on origins before 2010: the fastest of the settings tried, of two years or more, whose log score there is
not worse than that of an unmoved level beyond two standard errors, for any target.
"""


@dataclass(frozen=True)
class OnsetCounts:
    """Onsets expected and onsets observed over row-months at risk, by the index of the month they fell in; shape (months,)."""

    expected: Floats
    observed: Floats

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
        intensity = -np.log1p(-np.clip(hazard[counted], 0, LARGEST_HAZARD))
        width = int(rows.origin_index.max(initial=0)) + MAX_HORIZON + 1
        return cls(
            np.bincount(month[counted], intensity, width).astype(float),
            np.bincount(month[(ahead == first) & counted], minlength=width).astype(float),
        )

    def ratio(self, until: int) -> float:
        """Return the ratio of observed to expected onsets in the months up to `until`, shrunk to 1.

        (60 + sum w_m observed_m) / (60 + sum w_m expected_m) with w_m = 2^(-(until - m) / 24): the posterior mean of a
        Gamma-Poisson rate that wanders, by discounting (Smith 1979, doi:10.1111/j.2517-6161.1979.tb01093.x).

        Args:
            until: Index of the last month whose outcomes count as published.
        """
        age = until - np.arange(len(self.expected))
        weight = np.where(age >= 0, np.exp2(-np.maximum(age, 0) / HALF_LIFE_MONTHS), 0.0)
        return float((SHRUNK_TO_ONE + weight @ self.observed) / (SHRUNK_TO_ONE + weight @ self.expected))


def count_onsets(hazards: Hazards, rows: LabelledRows) -> dict[str, OnsetCounts]:
    """Return expected and observed onsets by target from out-of-fold hazards, shape (rows, 12) each."""
    return {target: OnsetCounts.of(hazard, rows, target) for target, hazard in hazards.items()}


def recalibration_factors(counts: Mapping[str, OnsetCounts], until: int) -> dict[str, float]:
    """Return by target the ratio of observed to expected onsets as known at a month (an index)."""
    return {target: count.ratio(until) for target, count in counts.items()}
