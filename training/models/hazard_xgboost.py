"""Discrete-time hazard with gradient-boosted trees: one booster for disruption, one the rarer parts share."""

from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost

from data.contracts.forecasts import PARTS, TARGETS
from features.build import feature_names, features_by_name
from training.dataset.rows import LabelledRows, person_periods, usable_features
from training.dataset.target import MAX_HORIZON
from training.models.base import Floats, HazardModel, Hazards, Range, on_log_intensity, read_json, select, write_json

MONTH = "months_ahead"
FLAGS = tuple(f"is_{part}" for part in PARTS)
SHARED = "parts"
BOOSTERS = ("disruption", SHARED)
Design = npt.NDArray[np.float32]


class HazardXgboost(HazardModel):
    """Shallow monotone trees: they see thresholds and combinations that a linear model cannot.

    Fighting, strangulation and seizure are fitted together with the target as a feature, so that what is common to
    all three is learned from every episode; each starts from its own base rate.
    """

    name = "hazard_xgboost"
    title = "Hazard, gradient-boosted trees"
    max_depth: int = 3
    eta: float = 0.04
    rounds: int = 200
    min_child_weight: float = 60.0
    reg_lambda: float = 5.0
    colsample_bynode: float = 0.15
    subsample: float = 0.5
    months_fitted: int = 6
    quiet_block: int = 12
    """Settings chosen on origins before 2010."""
    searched: ClassVar[dict[str, Range]] = {
        "max_depth": Range(2, 6, whole=True),
        "eta": Range(0.01, 0.15, log=True),
        "rounds": Range(60, 500, log=True, whole=True),
        "min_child_weight": Range(5, 300, log=True),
        "reg_lambda": Range(0.5, 100, log=True),
        "colsample_bynode": Range(0.05, 0.6, log=True),
        "subsample": Range(0.3, 0.9),
    }
    fixed: ClassVar[dict[str, Any]] = {"objective": "binary:logistic", "tree_method": "hist", "max_bin": 64}

    def __init__(
        self, boosters: dict[str, xgboost.Booster] | None = None, start: dict[str, float] | None = None
    ) -> None:
        self.boosters = boosters or {}
        self.start = start or {}
        """Log-odds of each target's base rate, to which the trees add."""
        self.features: list[str] = []
        """Features the boosters were fitted on, in order, before the month ahead and the target's flags."""

    def fit(self, rows: LabelledRows, labels_until: int) -> Self:
        """Fit both boosters on a sample of the quiet months."""
        self.features = usable_features(rows)
        values = rows.features[self.features].to_numpy(np.float32)
        sample: dict[str, list[tuple[Design, Floats, Floats, Floats]]] = {name: [] for name in BOOSTERS}
        for seed, target in enumerate(TARGETS):
            periods = person_periods(rows, target, labels_until, self.quiet_block, seed, self.months_fitted)
            rate = float(np.average(periods.onset, weights=periods.weight))
            self.start[target] = float(np.log(max(rate, 1e-6)) - np.log1p(-rate))
            design = _design(values[periods.row], periods.month_ahead, target)
            start = np.full(len(design), self.start[target])
            sample[_booster(target)].append((design, periods.onset, periods.weight, start))
        for seed, (name, pieces) in enumerate(sample.items()):
            design, onset, weight, start = (np.concatenate(column) for column in zip(*pieces, strict=True))
            data = xgboost.QuantileDMatrix(
                design,
                onset,
                weight=weight,
                base_margin=start,
                feature_names=self._columns(),
                max_bin=self.fixed["max_bin"],
                nthread=1,
            )
            self.boosters[name] = xgboost.train(self._parameters(seed), data, self.rounds)
        return self

    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        """Evaluate the boosters for each target and the twelve months ahead."""
        months = np.arange(1, MAX_HORIZON + 1)
        found: Hazards = {}
        for name in BOOSTERS:
            targets = [target for target in TARGETS if _booster(target) == name]
            laid_out = [self._laid_out(features, target, months) for target in targets]
            design, start = (np.concatenate(column) for column in zip(*laid_out, strict=True))
            made = self.boosters[name].inplace_predict(design, base_margin=start, validate_features=False)
            found |= zip(
                targets, np.asarray(made, float).reshape(len(targets), len(features), MAX_HORIZON), strict=True
            )
        return {target: found[target] for target in TARGETS}

    def contributions(self, features: pd.DataFrame, target: str, month_ahead: int) -> pd.DataFrame:
        """Return exact tree contributions (Shapley values) on ln(intensity); month and target belong to the base."""
        matrix = self._matrix(features, target, np.array([month_ahead]))
        made = np.asarray(self.boosters[_booster(target)].predict(matrix, pred_contribs=True), float)
        parts = pd.DataFrame(made[:, : len(self.features)], columns=self.features, index=features.index)
        base = made[:, len(self.features) :].sum(axis=1)
        return on_log_intensity(base, parts.reindex(columns=feature_names(), fill_value=0.0))

    def save(self, folder: Path) -> None:
        """Write the boosters as UBJ, the order of the features and the base rates as JSON."""
        for name, booster in self.boosters.items():
            booster.save_model(folder / f"{self.name}.{name}.ubj")
        write_json(folder / f"{self.name}.json", {"features": self.features, "start": self.start})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; refuse boosters of other features than this code builds."""
        stored: dict[str, Any] = read_json(folder / f"{cls.name}.json")
        model = cls(start=stored["start"])
        model.features = stored["features"]
        if not set(model.features) <= set(feature_names()):
            raise ValueError(
                f"{folder}: the booster was fitted on other features than this version builds; refit with `chokepoint retrain`"
            )
        for name in BOOSTERS:
            booster = xgboost.Booster({"nthread": 1})
            booster.load_model(folder / f"{cls.name}.{name}.ubj")
            model.boosters[name] = booster
        return model

    def _matrix(self, features: pd.DataFrame, target: str, months: npt.NDArray[np.int64]) -> xgboost.DMatrix:
        design, start = self._laid_out(features, target, months)
        return xgboost.DMatrix(design, base_margin=start, feature_names=self._columns(), nthread=1)

    def _laid_out(
        self, features: pd.DataFrame, target: str, months: npt.NDArray[np.int64]
    ) -> tuple[Design, npt.NDArray[np.float32]]:
        """Return the design, every row at every month, and the log-odds it starts from."""
        values = select(features, self.features).astype(np.float32, copy=False)
        design = _design(np.repeat(values, len(months), axis=0), np.tile(months, len(values)), target)
        return design, np.full(len(design), self.start[target], np.float32)

    def _parameters(self, seed: int) -> dict[str, Any]:
        chosen = {name: value for name, value in self.chosen().items() if name != "rounds"}
        return self.fixed | chosen | {"seed": seed, "nthread": 1, "monotone_constraints": self._directions()}

    def _columns(self) -> list[str]:
        return [*self.features, MONTH, *FLAGS]

    def _directions(self) -> str:
        declared = features_by_name()
        directions = [declared[name].direction for name in self.features]
        return "(" + ",".join(map(str, [*directions, 0, *(0 for _ in FLAGS)])) + ")"


def _booster(target: str) -> str:
    return SHARED if target in PARTS else target


def _design(values: Design, month_ahead: npt.NDArray[np.int64], target: str) -> Design:
    """Append the month ahead and which part is asked for."""
    flags = np.tile([part == target for part in PARTS], (len(values), 1))
    return np.column_stack([values, month_ahead, flags]).astype(np.float32)
