"""Blend: the mean of what history by kind, the ridge logistic and the trees see, on the scale of log intensity."""

from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from features.build import feature_names
from training.models.base import HazardModel, Hazards
from training.models.hazard_xgboost import HazardXgboost
from training.models.logistic import HistoryByKind, Logistic
from training.rows import Rows

MEMBERS: tuple[type[HazardModel], ...] = (HistoryByKind, Logistic, HazardXgboost)


class Blend(HazardModel):
    """Members err in different places: history ranks the top, trees give probabilities, the logistic holds the middle."""

    name = "blend"
    title = "Blend of history, logistic and trees"

    def __init__(self, members: tuple[HazardModel, ...] = ()) -> None:
        self.members = members

    def fit(self, rows: Rows, labels_until: int) -> Self:
        """Fit every member on the same rows."""
        self.members = tuple(member().fit(rows, labels_until) for member in MEMBERS)
        return self

    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        """Return the geometric mean of the members' hazards."""
        made = [member.raw_hazards(features) for member in self.members]
        return {t: np.exp(np.mean([np.log(m[t]) for m in made], axis=0)) for t in made[0]}

    def contributions(self, features: pd.DataFrame, target: str, month_ahead: int) -> pd.DataFrame:
        """Return the mean of the members' contributions."""
        made = [member.contributions(features, target, month_ahead).to_numpy() for member in self.members]
        return pd.DataFrame(np.mean(made, axis=0), columns=feature_names(), index=features.index)

    def save(self, folder: Path) -> None:
        """Write each member to a folder of its own."""
        for member in self.members:
            (folder / member.name).mkdir()
            member.save(folder / member.name)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read every member."""
        return cls(tuple(member.load(folder / member.name) for member in MEMBERS))
