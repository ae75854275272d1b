"""Discrete-time hazard with gradient-boosted trees, one booster a target, the month ahead as a feature."""

from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import xgboost

from data.contracts import TARGETS
from data.settings import settings
from features.build import feature_names, group_of
from training.models.base import Floats, HazardModel, Hazards, read_json, write_json
from training.rows import Rows, person_periods
from training.target import MAX_HORIZON

MONTH = "months_ahead"


class HazardXgboost(HazardModel):
    """Shallow monotone trees: they see thresholds and combinations that a linear model cannot."""

    name = "hazard_xgboost"
    title = "Hazard, gradient-boosted trees"
    parameters: ClassVar[dict[str, Any]] = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "max_depth": 3,
        "eta": 0.04,
        "min_child_weight": 60,
        "subsample": 0.7,
        "colsample_bynode": 0.4,
        "reg_lambda": 20.0,
        "max_bin": 64,
    }
    """Chosen on origins before 2010."""
    rounds: ClassVar[int] = 200
    quiet_share: ClassVar[float] = 0.1

    def __init__(self, boosters: dict[str, xgboost.Booster] | None = None) -> None:
        self.boosters = boosters or {}
        self.features = [*feature_names(), MONTH]

    def fit(self, rows: Rows, labels_until: int) -> Self:
        """Fit one booster a target on a sample of the quiet months."""
        values = rows.features[feature_names()].to_numpy(np.float32)
        for seed, target in enumerate(TARGETS):
            periods = person_periods(rows, target, labels_until, self.quiet_share, seed)
            design = np.column_stack([values[periods.row], periods.month_ahead.astype(np.float32)])
            data = xgboost.QuantileDMatrix(
                design,
                periods.onset,
                weight=periods.weight,
                feature_names=self.features,
                max_bin=self.parameters["max_bin"],
            )
            base_rate = float(np.average(periods.onset, weights=periods.weight))
            given = {
                "seed": seed,
                "nthread": settings().threads,
                "base_score": base_rate,
                "monotone_constraints": self._directions(),
            }
            self.boosters[target] = xgboost.train(self.parameters | given, data, self.rounds)
        return self

    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        """Evaluate every booster for the twelve months ahead."""
        return {target: self._curves(booster, features) for target, booster in self.boosters.items()}

    def contributions(self, features: pd.DataFrame, target: str, month_ahead: int) -> pd.DataFrame:
        """Return exact tree contributions to the log-odds of one month's hazard, a column a feature."""
        design = self._design(features, np.array([month_ahead]))
        parts = self.boosters[target].predict(design, pred_contribs=True)[:, :-1]
        return pd.DataFrame(parts, columns=self.features, index=features.index).drop(columns=MONTH)

    def save(self, folder: Path) -> None:
        """Write the boosters as UBJ and the order of the features as JSON."""
        for target, booster in self.boosters.items():
            booster.save_model(folder / f"{self.name}.{target}.ubj")
        write_json(folder / f"{self.name}.json", {"features": self.features})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; refuse boosters of other features than this code builds."""
        model = cls()
        stored = read_json(folder / f"{cls.name}.json")["features"]
        if stored != model.features:
            raise ValueError(
                f"{folder}: the booster was fitted on other features than this version builds; refit with `chokepoint retrain`"
            )
        for target in TARGETS:
            booster = xgboost.Booster({"nthread": 1})
            booster.load_model(folder / f"{cls.name}.{target}.ubj")
            model.boosters[target] = booster
        return model

    def _curves(self, booster: xgboost.Booster, features: pd.DataFrame) -> Floats:
        flat = booster.predict(self._design(features, np.arange(1, MAX_HORIZON + 1)))
        return np.asarray(flat, float).reshape(len(features), MAX_HORIZON)

    def _design(
        self, features: pd.DataFrame, months: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    ) -> xgboost.DMatrix:
        values = features[feature_names()].to_numpy(np.float32)
        repeated = np.repeat(values, len(months), axis=0)
        ahead = np.tile(months.astype(np.float32), len(values))
        return xgboost.DMatrix(np.column_stack([repeated, ahead]), feature_names=self.features, nthread=1)

    def _directions(self) -> str:
        group = group_of()
        signs = ["1" if f in group[f].rising else "-1" if f in group[f].falling else "0" for f in feature_names()]
        return "(" + ",".join([*signs, "0"]) + ")"
