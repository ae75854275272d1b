"""Climatology: the base rate of onsets by month ahead, the same for every capital."""

from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from data.contracts.forecasts import TARGETS
from training.dataset.rows import LabelledRows, person_periods
from training.dataset.target import MAX_HORIZON
from training.models.base import HazardModel, Hazards, read_json, write_json


class Climatology(HazardModel):
    """How often it happens anywhere; every skill is measured against it."""

    name = "climatology"
    title = "Climatology (base rate)"

    def __init__(self, rates: dict[str, list[float]] | None = None) -> None:
        self.rates = rates or {}

    def fit(self, rows: LabelledRows, labels_until: int) -> Self:
        """Count onsets over months at risk."""
        for target in TARGETS:
            periods = person_periods(rows, target, labels_until, quiet_block=1, seed=0)
            onsets = np.bincount(periods.month_ahead, periods.onset, MAX_HORIZON + 1)[1:]
            at_risk = np.bincount(periods.month_ahead, minlength=MAX_HORIZON + 1)[1:]
            self.rates[target] = list((onsets + 0.5) / (at_risk + 100.0))
        return self

    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        """Repeat the base rates for every row."""
        return {t: np.tile(np.array(rate), (len(features), 1)) for t, rate in self.rates.items()}

    def save(self, folder: Path) -> None:
        """Write the rates."""
        write_json(folder / "climatology.json", self.rates)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the rates."""
        return cls(read_json(folder / "climatology.json"))  # type: ignore[arg-type]
