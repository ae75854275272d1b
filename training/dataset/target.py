"""The target: onsets of episodes, by target, on units that are calm at the origin.

Nothing in `features` may import this module.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel

MAX_HORIZON = calendar.HORIZONS[-1]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of one target, unit x month, from today's catalogue."""

    target: str
    ongoing: Bools
    """Shape (units, months): whether an episode of the target's kinds is going on."""
    until: int
    """Index of the last month the catalogue covers: a later month can be disrupted by rule, never known as calm."""

    @property
    def onsets(self) -> Bools:
        """Shape (units, months): first months of episodes; adjoining episodes of different kinds are one."""
        before = np.pad(self.ongoing[:, :-1], ((0, 0), (1, 0)))
        return self.ongoing & ~before

    def calm(self, origins: Ints) -> Bools:
        """Return whether no episode is going on at each origin, of shape (units, origins)."""
        return ~self.ongoing[:, origins]

    def first_onset(self, origins: Ints) -> Ints:
        """Return the months from each origin to the next disrupted month.

        Args:
            origins: Month indices of the origins.

        Returns:
            Shape (units, origins): 1..12, or 13 where no month within twelve is disrupted.
        """
        ahead = np.full((self.ongoing.shape[0], len(origins)), MAX_HORIZON + 1, np.int64)
        for k in range(MAX_HORIZON, 0, -1):
            month = origins + k
            inside = month < self.ongoing.shape[1]
            hit = np.zeros(ahead.shape, bool)
            hit[:, inside] = self.ongoing[:, month[inside]]
            ahead = np.where(hit, k, ahead)
        return ahead

    def observed(self, origins: Ints, horizon: int) -> Floats:
        """Return whether an onset falls in (origin, origin + horizon].

        Args:
            origins: Month indices of the origins.
            horizon: Months ahead, 1..12.

        Returns:
            Shape (units, origins): 1 with an onset, 0 without one, NaN while the window is open.
        """
        happened = self.first_onset(origins) <= horizon
        open_yet = (origins + horizon > self.until)[None, :] & ~happened
        return np.where(open_yet, np.nan, happened.astype(float))


def outcomes(panel: Panel) -> dict[str, Outcomes]:
    """Return the outcomes of every target from a panel's catalogue."""
    return {
        target: Outcomes(target, np.logical_or.reduce([panel.disrupted[kind] for kind in kinds]), panel.known_to)
        for target, kinds in TARGETS.items()
    }
