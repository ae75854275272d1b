"""Log losses summed by capital, so that folds can be added and differences redrawn over capitals."""

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
"""Targets and horizons, in the order of the columns of `LogLosses`."""


@dataclass(frozen=True)
class LogLosses:
    """Log losses of calm rows by capital and cell.

    Attributes:
        sums: Sums of log losses in nats, shape (scored units in order of their codes, `CELLS`).
        counts: Numbers of calm rows, same shape.
    """

    sums: Floats
    counts: Floats

    @classmethod
    def zero(cls) -> Self:
        """Return the log losses of no forecast."""
        shape = (len(scored_units()), len(CELLS))
        return cls(np.zeros(shape), np.zeros(shape))

    @classmethod
    def of(cls, rows: LabelledRows, hazards: Hazards) -> Self:
        """Return the log losses of hazards on the calm rows of scored units.

        Args:
            rows: Rows whose outcomes are known twelve months ahead.
            hazards: Target -> hazards, shape (rows, 12).

        Returns:
            Sums and counts by capital and cell.
        """
        losses = cls.zero()
        place = {code: number for number, code in enumerate(sorted(scored_units()))}
        unit = rows.features["iso3"].map(place).fillna(-1).to_numpy(np.int64)
        curves = {target: risks(hazards[target]) for target in TARGETS}
        for cell, (target, horizon) in enumerate(CELLS):
            used = rows.calm[target] & (unit >= 0)
            happened = (rows.first_onset[target][used] <= horizon).astype(float)
            lost = scores.log_losses(curves[target][used, horizon - 1], happened)
            losses.sums[:, cell] = np.bincount(unit[used], lost, len(place))
            losses.counts[:, cell] = np.bincount(unit[used], minlength=len(place))
        return losses

    def __add__(self, other: "LogLosses") -> "LogLosses":
        """Return the log losses of both sets of forecasts together."""
        return LogLosses(self.sums + other.sums, self.counts + other.counts)

    def by_cell(self) -> Floats:
        """Return the log score of each cell, shape (`CELLS`,)."""
        return np.asarray(self.sums.sum(axis=0) / self.counts.sum(axis=0))

    def mean(self) -> float:
        """Return the unweighted mean of the log scores of all cells."""
        return float(self.by_cell().mean())
