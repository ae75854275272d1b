"""Regularised logistic hazards: on all features, on the capital's past episodes, or on its own count alone."""

from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from data.contracts.forecasts import KINDS, TARGETS
from features.build import feature_names, features_by_name
from training.dataset.rows import LabelledRows, person_periods, usable_features
from training.dataset.target import MAX_HORIZON
from training.models.base import (
    Floats,
    HazardModel,
    Hazards,
    Range,
    arrays,
    month_effect,
    on_log_intensity,
    read_json,
    write_json,
)
from training.models.scaling import Scaling

FLEETING_SCALE = 0.5
"""How far the effect of a fleeting feature (`Feature.fleeting`) may change with the month ahead, against a fixed effect."""
OWN_SCALE = 3.0
"""The target's own base rate is penalised nine times less than other features."""
Fitted = dict[str, Floats]


class Logistic(HazardModel):
    """Ridge logistic regression of the monthly hazard; rare targets are shrunk towards disruption."""

    name = "logistic"
    title = "Ridge logistic, all features"
    strength: float = 0.012
    strength_of_parts: float = 0.004
    """Inverse ridge penalties, chosen on origins before 2010."""
    searched: ClassVar[dict[str, Range]] = {
        "strength": Range(0.0005, 1, log=True),
        "strength_of_parts": Range(0.0005, 1, log=True),
    }
    parts_lean: ClassVar[bool] = True
    """Whether the linear predictor of disruption is one more feature of the parts."""
    months_fitted: ClassVar[int] = 3
    """Only the next months are fitted, where the features are fresh; the rest of the curve follows ln(month ahead)."""
    quiet_block: ClassVar[int] = 3

    def __init__(self, fitted: dict[str, Fitted] | None = None, scaling: dict[str, Scaling] | None = None) -> None:
        self.fitted = fitted or {}
        self.scaling = scaling or {}
        """Features by target, in the order of the coefficients."""

    def columns(self, target: str, usable: list[str]) -> list[str]:
        """Return the features used for a target out of those that are usable."""
        del target
        return usable

    def fit(self, rows: LabelledRows, labels_until: int) -> Self:
        """Fit each target by Newton's method on a sample of the quiet months, disruption first."""
        usable, declared = usable_features(rows), features_by_name()
        for seed, target in enumerate(TARGETS):
            periods = person_periods(rows, target, labels_until, self.quiet_block, seed, self.months_fitted)
            scaling = self.scaling[target] = Scaling.of(rows.features, self.columns(target, usable))
            names = scaling.names
            base = scaling(rows.features)[periods.row]
            own = np.where(np.array(names) == f"{target}_rate", OWN_SCALE, 1.0)
            lean = self.fitted["disruption"]["fixed"] if self.parts_lean and target != "disruption" else None
            fleeting = np.array([FLEETING_SCALE * declared[name].fleeting for name in names])
            month = month_effect(periods.month_ahead)
            columns = [base * own, (base * fleeting)[:, fleeting > 0] * month[:, None], month]
            strength = self.strength if target == "disruption" else self.strength_of_parts
            model = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=25, tol=1e-3)
            design = np.column_stack(columns if lean is None else [*columns, base @ lean])
            model.fit(design, periods.onset, sample_weight=periods.weight)
            found, width, last = model.coef_[0], len(names), len(names) + int((fleeting > 0).sum())
            fading = np.zeros(width)
            fading[fleeting > 0] = found[width:last] * FLEETING_SCALE
            self.fitted[target] = {
                "fixed": found[:width] * own + (0 if lean is None else found[-1] * lean),
                "fading": fading,
                "month": found[last : last + 1],
                "intercept": model.intercept_,
            }
        return self

    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        """Evaluate the logistic curve for the twelve months ahead."""
        steps = month_effect(np.arange(1, MAX_HORIZON + 1))
        found: Hazards = {}
        for target, fitted in self.fitted.items():
            base = self.scaling[target](features)
            level = base @ fitted["fixed"] + fitted["intercept"]
            slope = base @ fitted["fading"] + fitted["month"]
            found[target] = 1 / (1 + np.exp(-(level[:, None] + slope[:, None] * steps[None, :])))
        return found

    def contributions(self, features: pd.DataFrame, target: str, month_ahead: int) -> pd.DataFrame:
        """Return coefficient times standardised value on the scale of ln(intensity): 0 for an average or unknown value."""
        fitted, scaling = self.fitted[target], self.scaling[target]
        step = month_effect(np.array([month_ahead]))
        made = scaling(features) * (fitted["fixed"] + fitted["fading"] * step)
        base = np.full(len(features), fitted["intercept"][0] + fitted["month"][0] * step[0])
        parts = pd.DataFrame(made, columns=scaling.names, index=features.index)
        return on_log_intensity(base, parts.reindex(columns=feature_names(), fill_value=0.0))

    def save(self, folder: Path) -> None:
        """Write coefficients and the scaling of the features."""
        write_json(
            folder / f"{self.name}.json",
            {"scaling": {t: s.stored() for t, s in self.scaling.items()}, "fitted": self.fitted},
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        stored: dict[str, Any] = read_json(folder / f"{cls.name}.json")
        return cls(arrays(stored["fitted"]), {t: Scaling.read(s) for t, s in stored["scaling"].items()})


class HistoryByKind(Logistic):
    """Logistic regression on decayed counts of past episodes of each kind and the base rates drawn from them."""

    name = "history_by_kind"
    title = "History by kind, logistic"
    strength = 0.01
    strength_of_parts = 0.01
    parts_lean = False

    def columns(self, target: str, usable: list[str]) -> list[str]:
        """Return one decayed count for each kind of episode and one base rate for each target."""
        del target, usable
        return [*(f"{kind}_decayed_60m" for kind in KINDS), *(f"{t}_rate" for t in TARGETS), "disruption_rate_recent"]


class OwnHistory(Logistic):
    """The capital's own exponentially decayed count of past onsets (half-life five years), mapped to a probability."""

    name = "own_history"
    title = "Own history (5-year half-life)"
    strength = 1.0
    strength_of_parts = 1.0
    parts_lean = False

    def columns(self, target: str, usable: list[str]) -> list[str]:
        """Return the target's own decayed count."""
        del usable
        return ["onsets_decayed_60m" if target == "disruption" else f"{target}_onsets_decayed_60m"]
