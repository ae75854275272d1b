"""The champion: weighs the capital's history, a straight-line model and trees, whose errors differ."""

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from data.contracts import TARGETS
from features.build import feature_names
from training.models.base import LARGEST_HAZARD, HazardModel, Hazards
from training.models.hazard_xgboost import HazardXgboost
from training.models.logistic import HistoryByKind, Logistic
from training.rows import Rows

MEMBERS: tuple[type[HazardModel], ...] = (HistoryByKind, Logistic, HazardXgboost)


class Blend(HazardModel):
    """Weighted mean of the members' intensities -ln(1 - hazard), month by month."""

    name = "blend"
    title = "Blend of history, logistic and trees"
    weights: ClassVar[dict[str, float]] = {HistoryByKind.name: 0.1, Logistic.name: 0.45, HazardXgboost.name: 0.45}
    """Chosen on origins before 2010."""

    def __init__(self, members: dict[str, HazardModel] | None = None) -> None:
        self.members = members or {}

    def fit(self, rows: Rows, labels_until: int) -> Self:
        """Fit every member on the same rows."""
        self.members = {member.name: member().fit(rows, labels_until) for member in MEMBERS}
        return self

    @property
    def parts(self) -> dict[str, HazardModel]:
        """Return the fitted members."""
        return self.members

    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        """Average the members' intensities: risks that each member adds up correctly stay so."""
        made = {name: member.raw_hazards(features) for name, member in self.members.items()}
        return {
            target: -np.expm1(
                sum(
                    self.weights[name] * np.log1p(-np.clip(raw[target], 0, LARGEST_HAZARD))
                    for name, raw in made.items()
                )
            )
            for target in TARGETS
        }

    def contributions(self, features: pd.DataFrame, target: str, month_ahead: int) -> pd.DataFrame:
        """Return the members' contributions, each weighed by its share in the blended hazard of the row."""
        shares = {
            n: self.weights[n] * m.raw_hazards(features)[target][:, month_ahead - 1] for n, m in self.members.items()
        }
        whole = sum(shares.values())
        made = {n: m.contributions(features, target, month_ahead).to_numpy() for n, m in self.members.items()}
        blended = sum(made[n] * (shares[n] / whole)[:, None] for n in made)
        return pd.DataFrame(blended, columns=feature_names(), index=features.index)

    def save(self, folder: Path) -> None:
        """Write each member into a folder of its name."""
        for name, member in self.members.items():
            (folder / name).mkdir()
            member.save(folder / name)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return cls({member.name: member.load(folder / member.name) for member in MEMBERS})
