"""Log losses of a forecast added up by capital, so that folds can be added and differences redrawn over capitals."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from data.contracts.forecasts import TARGETS
from training.dataset.rows import LabelledRows
from training.evaluation import scores
from training.evaluation.slices import REPORTED_HORIZONS, scored_units
from training.models.base import Hazards, risks

Floats = npt.NDArray[np.float64]

CELLS = tuple((target, horizon) for target in TARGETS for horizon in REPORTED_HORIZONS)


@dataclass(frozen=True)
class LogLosses:
    """Sums of log losses and numbers of calm rows, both of shape (scored units in order of their codes, `CELLS`)."""

    sums: Floats
    counts: Floats

    @classmethod
    def zero(cls) -> Self:
        """Return the losses of no forecast."""
        shape = (len(scored_units()), len(CELLS))
        return cls(np.zeros(shape), np.zeros(shape))

    @classmethod
    def of(cls, rows: LabelledRows, hazards: Hazards) -> Self:
        """Score hazards of rows on the calm rows of scored units; every row's outcome must be known twelve months ahead."""
        made = cls.zero()
        place = {code: number for number, code in enumerate(sorted(scored_units()))}
        unit = rows.features["iso3"].map(place).fillna(-1).to_numpy(np.int64)
        curves = {target: risks(hazards[target]) for target in TARGETS}
        for cell, (target, horizon) in enumerate(CELLS):
            used = rows.calm[target] & (unit >= 0)
            happened = (rows.first_onset[target][used] <= horizon).astype(float)
            lost = scores.log_losses(curves[target][used, horizon - 1], happened)
            made.sums[:, cell] = np.bincount(unit[used], lost, len(place))
            made.counts[:, cell] = np.bincount(unit[used], minlength=len(place))
        return made

    def __add__(self, other: "LogLosses") -> "LogLosses":
        """Return the losses of both together."""
        return LogLosses(self.sums + other.sums, self.counts + other.counts)

    def by_cell(self) -> Floats:
        """Return the log score of each target and horizon."""
        return np.asarray(self.sums.sum(axis=0) / self.counts.sum(axis=0))

    def mean(self) -> float:
        """Return the mean log score over targets and horizons, each counting alike."""
        return float(self.by_cell().mean())
