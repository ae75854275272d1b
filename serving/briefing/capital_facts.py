"""Facts of one capital for its briefing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.contracts.forecasts import TARGETS
from features.build import build_one
from serving.briefing.facts import Facts


@dataclass(frozen=True)
class CapitalFacts:
    """Facts of one capital at one origin."""

    facts: Facts
    code: str

    @property
    def name(self) -> str:
        """Name of the capital."""
        return str(self.facts.served.capitals.at[self.code, "capital"])

    @property
    def rows(self) -> pd.DataFrame:
        """Its forecast rows at the origin."""
        return self.facts.rows[self.facts.rows["iso3"] == self.code]

    def curve(self, target: str) -> pd.DataFrame:
        """Return the rows of a target by horizon."""
        return self.rows[self.rows["target"] == target].sort_values("horizon")

    def risk(self, target: str, horizon: int) -> float:
        """Return a risk; NaN while an episode is going on and without data."""
        rows = self.curve(target)
        return float(rows.loc[rows["horizon"] == horizon, "risk"].iloc[0])

    def features(self) -> pd.DataFrame:
        """Return its features at the origin, in one row."""
        table = build_one(self.facts.panel, self.facts.origin)
        return table[table["iso3"] == self.code].reset_index(drop=True)

    def main_target(self) -> str:
        """Return disruption where it has a risk, else the target with the highest one."""
        stated = {t: self.risk(t, 6) for t in TARGETS if np.isfinite(self.risk(t, 6))}
        return "disruption" if "disruption" in stated or not stated else max(stated, key=lambda t: stated[t])
