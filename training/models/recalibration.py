"""How many onsets a forecast expected and how many came, lately: what keeps a pool's level abreast of the years."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from training.dataset.rows import LabelledRows
from training.dataset.target import MAX_HORIZON
from training.models.base import LARGEST_HAZARD, Floats

HALF_LIFE_MONTHS = 24.0
DRAWN_TO_ONE = 60.0
"""Row-months with an onset that speak for the level as it is; five onsets, as each is seen from up to twelve origins.

The years move the level of all risks, as the coups since 2020 did, and a mean over decades does not follow. Both were
chosen on origins before 2010: the fastest of the settings tried, of two years or more, whose log score there is
not worse than that of an unmoved level beyond two standard errors, for any target.
"""


@dataclass(frozen=True)
class Ledger:
    """Onsets expected and onsets that came, over row-months at risk, by the index of the month they fell in."""

    expected: Floats
    happened: Floats

    @classmethod
    def of(cls, hazard: Floats, rows: LabelledRows, target: str) -> Self:
        """Add up out-of-fold hazards, shape (rows, 12), over the months that the catalogue has reached."""
        ahead = np.arange(1, MAX_HORIZON + 1)
        first, month = rows.first_onset[target][:, None], rows.origin_index[:, None] + ahead
        counted: npt.NDArray[np.bool_] = rows.calm[target][:, None] & (ahead <= first) & (month <= rows.reached)
        intensity = -np.log1p(-np.clip(hazard[counted], 0, LARGEST_HAZARD))
        width = int(rows.origin_index.max(initial=0)) + MAX_HORIZON + 1
        return cls(
            np.bincount(month[counted], intensity, width).astype(float),
            np.bincount(month[(ahead == first) & counted], minlength=width).astype(float),
        )

    def ratio(self, until: int) -> float:
        """Return what came over what was expected in the months up to `until`, drawn to 1; a month counts half after `HALF_LIFE_MONTHS`.

        The posterior mean of a rate that wanders (Smith 1979, doi:10.1111/j.2517-6161.1979.tb01093.x).
        """
        age = until - np.arange(len(self.expected))
        weight = np.where(age >= 0, np.exp2(-np.maximum(age, 0) / HALF_LIFE_MONTHS), 0.0)
        return float((DRAWN_TO_ONE + weight @ self.happened) / (DRAWN_TO_ONE + weight @ self.expected))
