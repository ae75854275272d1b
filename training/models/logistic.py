"""Regularised logistic hazards: on all features, on the kinds of past episodes, or on the capital's own count alone."""

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from data.contracts import KINDS, TARGETS
from features.build import feature_names
from training.models.base import Floats, HazardModel, Hazards, month_effect, read_json, write_json
from training.rows import Rows, person_periods
from training.target import MAX_HORIZON

SPREAD = 4.0
"""Standardised features are kept within +-4: one record value must not carry a forecast."""


class Logistic(HazardModel):
    """Ridge logistic regression of the monthly hazard on every feature, each also times the month ahead."""

    name = "logistic"
    title = "Ridge logistic, all features"
    strength: ClassVar[float] = 0.003
    """Inverse ridge penalty, chosen on origins before 2010."""
    quiet_share: ClassVar[float] = 0.1

    def __init__(self, fitted: dict[str, dict[str, list[float]]] | None = None) -> None:
        self.fitted = fitted or {}

    def columns(self, target: str) -> list[str]:
        """Return the features used for a target."""
        del target
        return feature_names()

    def fit(self, rows: Rows, labels_until: int) -> Self:
        """Fit each target by Newton's method on a sample of the quiet months."""
        for seed, target in enumerate(TARGETS):
            periods = person_periods(rows, target, labels_until, self.quiet_share, seed)
            values = rows.features[self.columns(target)].to_numpy(float)
            values = np.where(np.isfinite(values), values, np.nan)
            known = np.isfinite(values).any(axis=0)
            centre, scale = np.zeros(values.shape[1]), np.ones(values.shape[1])
            centre[known] = np.nanmean(values[:, known], axis=0)
            scale[known] = np.maximum(np.nanstd(values[:, known], axis=0), 1e-6)
            base = _standardise(values, centre, scale)
            design = _with_month(base[periods.row], month_effect(periods.month_ahead))
            model = LogisticRegression(C=self.strength, solver="newton-cholesky", max_iter=50)
            model.fit(design, periods.onset, sample_weight=periods.weight)
            self.fitted[target] = {
                "centre": centre.tolist(),
                "scale": scale.tolist(),
                "coefficients": model.coef_[0].tolist(),
                "intercept": model.intercept_.tolist(),
            }
        return self

    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        """Evaluate the logistic curve for the twelve months ahead."""
        found: Hazards = {}
        for target, fitted in self.fitted.items():
            base = _standardise(
                features[self.columns(target)].to_numpy(float),
                np.array(fitted["centre"]),
                np.array(fitted["scale"]),
            )
            steps = month_effect(np.arange(1, MAX_HORIZON + 1))
            coefficients = np.array(fitted["coefficients"])
            width = base.shape[1]
            fixed = base @ coefficients[:width] + fitted["intercept"][0]
            slope = base @ coefficients[width : 2 * width] + coefficients[-1]
            found[target] = 1 / (1 + np.exp(-(fixed[:, None] + slope[:, None] * steps[None, :])))
        return found

    def contributions(self, features: pd.DataFrame, target: str, month_ahead: int) -> pd.DataFrame:
        """Return coefficient times standardised value: exact, and 0 for an average or unknown value."""
        fitted, names = self.fitted[target], self.columns(target)
        base = _standardise(features[names].to_numpy(float), np.array(fitted["centre"]), np.array(fitted["scale"]))
        coefficients = np.array(fitted["coefficients"])
        at_month = coefficients[: len(names)] + coefficients[len(names) : 2 * len(names)] * month_effect(
            np.array([month_ahead])
        )
        made = pd.DataFrame(base * at_month, columns=names, index=features.index)
        return made.reindex(columns=feature_names(), fill_value=0.0)

    def save(self, folder: Path) -> None:
        """Write coefficients and the scaling of the features."""
        write_json(folder / f"{self.name}.json", self.fitted)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return cls(read_json(folder / f"{cls.name}.json"))  # type: ignore[arg-type]


class HistoryByKind(Logistic):
    """Logistic regression on decayed counts of past episodes of each kind."""

    name = "history_by_kind"
    title = "History by kind, logistic"
    strength = 0.1

    def columns(self, target: str) -> list[str]:
        """Return one decayed count for each kind of episode."""
        del target
        return [f"{kind}_decayed_60m" for kind in KINDS]


class OwnHistory(Logistic):
    """The capital's own exponentially decayed count of past onsets (half-life five years), mapped to a probability."""

    name = "own_history"
    title = "Own history (5-year half-life)"
    strength = 1.0

    def columns(self, target: str) -> list[str]:
        """Return the target's own decayed count."""
        return ["onsets_decayed_60m" if target == "disruption" else f"{target}_onsets_decayed_60m"]


def _standardise(values: Floats, centre: Floats, scale: Floats) -> Floats:
    """Centre and scale; what is unknown counts as average."""
    return np.clip(np.nan_to_num((values - centre) / scale), -SPREAD, SPREAD)


def _with_month(base: Floats, month: Floats) -> Floats:
    return np.column_stack([base, base * month[:, None], month])
