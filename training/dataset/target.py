"""What is forecast: onsets of episodes, by target, on units that are calm at the origin.

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
    """Unit x month truth about one target, as the catalogue knows it today."""

    target: str
    ongoing: Bools
    """Whether an episode of the target's kinds is going on."""
    until: int
    """Index of the last month the catalogue has reached: later months can turn out disrupted by rule, never calm."""

    @property
    def onsets(self) -> Bools:
        """First months of episodes; touching episodes of different kinds are one."""
        before = np.pad(self.ongoing[:, :-1], ((0, 0), (1, 0)))
        return self.ongoing & ~before

    def calm(self, origins: Ints) -> Bools:
        """Tell, for units x origins, whether no episode is going on at the origin."""
        return ~self.ongoing[:, origins]

    def first_onset(self, origins: Ints) -> Ints:
        """Return months from each origin to the next disrupted month, 13 if none within twelve, for units x origins."""
        ahead = np.full((self.ongoing.shape[0], len(origins)), MAX_HORIZON + 1, np.int64)
        for k in range(MAX_HORIZON, 0, -1):
            month = origins + k
            inside = month < self.ongoing.shape[1]
            hit = np.zeros(ahead.shape, bool)
            hit[:, inside] = self.ongoing[:, month[inside]]
            ahead = np.where(hit, k, ahead)
        return ahead

    def observed(self, origins: Ints, horizon: int) -> Floats:
        """Return 1 where an onset lies in (origin, origin + horizon], 0 where none does, NaN while that is open."""
        happened = self.first_onset(origins) <= horizon
        open_yet = (origins + horizon > self.until)[None, :] & ~happened
        return np.where(open_yet, np.nan, happened.astype(float))


def outcomes(panel: Panel) -> dict[str, Outcomes]:
    """Return the truth about every target from a panel's catalogue."""
    return {
        target: Outcomes(target, np.logical_or.reduce([panel.disrupted[kind] for kind in kinds]), panel.reached)
        for target, kinds in TARGETS.items()
    }
