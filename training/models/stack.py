"""Stacking: a log-linear pool of history, kernel and trees, with weights estimated from out-of-fold forecasts."""

from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any, ClassVar, Self

import pandas as pd

from data.contracts.forecasts import TARGETS
from features.build import feature_names
from training.dataset.rows import LabelledRows
from training.models.base import HazardModel, Hazards, Range, Recalibration, coherent_where_calm, read_json, write_json
from training.models.hazard_xgboost import HazardXgboost
from training.models.kernel_logistic import KernelLogistic
from training.models.logistic import HistoryByKind
from training.models.pooling import Pool, fit_pool, pooled


class Stack(HazardModel):
    """Log-linear pool of the members' monthly intensities, with a weight for each and a level by target (`Pool`).

    Stacked generalisation: Wolpert 1992, doi:10.1016/S0893-6080(05)80023-1.
    """

    name = "stack"
    title = "Stack of history, kernel and trees"
    member_methods: ClassVar[tuple[type[HazardModel], ...]] = (HistoryByKind, KernelLogistic, HazardXgboost)
    weight_of_history: float = 0.05
    weight_of_kernel: float = 0.55
    weight_of_trees: float = 0.4
    """Prior weights, chosen on origins before 2010; fitted ones are shrunk towards them."""
    searched: ClassVar[dict[str, Range]] = {
        "weight_of_history": Range(0, 1),
        "weight_of_kernel": Range(0, 1),
        "weight_of_trees": Range(0, 1),
    }

    def __init__(self, members: dict[str, HazardModel] | None = None, pools: dict[str, Pool] | None = None) -> None:
        self._members = members or {}
        self.pools = pools or dict.fromkeys(TARGETS, Pool(self.prior, 0.0))

    @property
    def prior(self) -> dict[str, float]:
        """Return the members' prior weights."""
        weights = (self.weight_of_history, self.weight_of_kernel, self.weight_of_trees)
        return dict(zip((member.name for member in self.member_methods), weights, strict=True))

    def with_settings(self, given: Mapping[str, float]) -> Self:
        """Change the prior weights."""
        super().with_settings(given)
        self.pools = dict.fromkeys(TARGETS, Pool(self.prior, 0.0))
        return self

    def fit(self, rows: LabelledRows, labels_until: int) -> Self:
        """Fit every member on the same rows; the pools stay as they are until `fit_pools` is called."""
        self._members = {member.name: member().fit(rows, labels_until) for member in self.member_methods}
        return self

    def fit_pools(self, past: Mapping[str, Hazards], rows: LabelledRows, labels_until: int) -> Self:
        """Fit the pools to out-of-fold forecasts of the members and the outcomes published by then (`fit_pool`)."""
        self.pools = {
            target: fit_pool({m: past[m][target] for m in self.prior}, rows, target, labels_until, self.prior)
            for target in TARGETS
        }
        return self

    def recalibrated(self, lines: Mapping[str, Recalibration]) -> Self:
        """Return the same members with each target's pool put on its line."""
        model = copy(self)
        model.pools = {t: pool.recalibrated(lines[t]) for t, pool in self.pools.items()}
        return model

    def hazards_from(self, past: Mapping[str, Hazards], features: pd.DataFrame) -> Hazards:
        """Pool the members' hazards and make the pooled ones coherent."""
        return coherent_where_calm(self.pool(past), features)

    @property
    def members(self) -> dict[str, HazardModel]:
        """Return the fitted members."""
        return self._members

    def pool(self, hazards: Mapping[str, Hazards]) -> Hazards:
        """Pool the members' hazards (method -> target -> hazards)."""
        return {t: pooled({m: hazards[m][t] for m in self.prior}, self.pools[t]) for t in TARGETS}

    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        """Pool the members' hazards of the rows."""
        return self.pool({name: member.hazards(features) for name, member in self.members.items()})

    def contributions(self, features: pd.DataFrame, target: str, month_ahead: int) -> pd.DataFrame:
        """Return the members' contributions times their weights, which a log-linear pool adds up."""
        pool = self.pools[target]
        weighted = sum(
            pool.weights[name] * member.contributions(features, target, month_ahead).to_numpy()
            for name, member in self.members.items()
        )
        joined = pd.DataFrame(weighted, columns=[*feature_names(), "base"], index=features.index)
        return joined.assign(base=joined["base"] + pool.level)

    def save(self, folder: Path) -> None:
        """Write the pools, and each member into a folder of its name."""
        stored = {target: {"weights": p.weights, "level": p.level} for target, p in self.pools.items()}
        write_json(folder / f"{self.name}.json", stored)
        for name, member in self.members.items():
            (folder / name).mkdir()
            member.save(folder / name)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        stored: dict[str, Any] = read_json(folder / f"{cls.name}.json")
        members = {member.name: member.load(folder / member.name) for member in cls.member_methods}
        return cls(members, {target: Pool(**pool) for target, pool in stored.items()})
