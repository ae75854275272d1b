"""Kernel logistic regression of the monthly hazard: similar capitals have similar risks, and nothing else is assumed."""

from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from data.contracts.forecasts import TARGETS
from features.build import feature_names
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
from training.models.ridge_newton import Design, ridge_logistic
from training.models.scaling import Scaling

Fitted = dict[str, Floats]


class KernelLogistic(HazardModel):
    """Logistic regression with a Gaussian kernel, by random features (Rahimi & Recht 2007), drawn orthogonal.

    The kernel is exp(-width |x - y|^2 / d) on d standardised features; its random features are sines and cosines
    (Yu et al. 2016, arXiv:1610.09072). Rare targets are shrunk towards disruption: to the kernel they add the linear predictor
    for disruption and their own base rate as two features of their own, and the penalty on the rest is harder.
    """

    name = "kernel_logistic"
    title = "Kernel logistic, all features"
    width: float = 0.3
    count: int = 600
    strength: float = 0.003
    strength_of_parts: float = 0.001
    own_scale: float = 3.0
    """The target's own base rate is penalised nine times less than other features."""
    months_fitted: int = 3
    quiet_block: int = 6
    quiet_block_of_parts: int = 18
    """Settings chosen on origins before 2010."""
    searched: ClassVar[dict[str, Range]] = {
        "width": Range(0.05, 1.5, log=True),
        "count": Range(100, 800, log=True, whole=True),
        "strength": Range(0.0003, 0.03, log=True),
        "strength_of_parts": Range(0.0001, 0.01, log=True),
        "own_scale": Range(1, 10, log=True),
    }

    def __init__(
        self, scaling: Scaling | None = None, waves: Floats | None = None, fitted: dict[str, Fitted] | None = None
    ) -> None:
        self.scaling = scaling or Scaling([], np.empty(0), np.empty(0))
        self.waves = np.empty((0, 0)) if waves is None else waves
        """Frequencies of the random features, shape (features, count / 2)."""
        self.fitted = fitted or {}

    def fit(self, rows: LabelledRows, labels_until: int) -> Self:
        """Fit each target by Newton's method on a sample of the quiet months, disruption first."""
        self.scaling = Scaling.of(rows.features, usable_features(rows))
        self.waves = draw_waves(len(self.scaling.names), self.count // 2, self.width)
        values = self.scaling(rows.features)
        for seed, target in enumerate(TARGETS):
            first = target == "disruption"
            block = self.quiet_block if first else self.quiet_block_of_parts
            periods = person_periods(rows, target, labels_until, block, seed, self.months_fitted)
            design = self._design(target, values[periods.row], month_effect(periods.month_ahead))
            strength = self.strength if first else self.strength_of_parts
            found, intercept = ridge_logistic(design, periods.onset, periods.weight, strength)
            self.fitted[target] = self._read(target, found, intercept)
        return self

    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        """Evaluate the curve for the twelve months ahead."""
        values = self.scaling(features)
        kernel, steps = self._kernel(values), month_effect(np.arange(1, MAX_HORIZON + 1))
        found: Hazards = {}
        for target, fitted in self.fitted.items():
            level = kernel @ fitted["kernel"] + fitted["own"][0] * self._own(target, values)
            score = level[:, None] + fitted["intercept"][0] + fitted["month"][0] * steps[None, :]
            found[target] = 1 / (1 + np.exp(-score))
        return found

    def contributions(self, features: pd.DataFrame, target: str, month_ahead: int) -> pd.DataFrame:
        """Return integrated gradients from the average row (Sundararajan et al. 2017, arXiv:1703.01365), on ln(intensity).

        Along the straight way from the average row the gradient of sines and cosines has a closed integral.
        """
        values, fitted = self.scaling(features), self.fitted[target]
        cosine, sine = np.split(fitted["kernel"] * np.sqrt(2), 2)
        angle = values @ self.waves
        turned = np.where(np.abs(angle) < 1e-6, 1e-6, angle)
        slope = (sine * np.sin(turned) / turned - cosine * (1 - np.cos(turned)) / turned) @ self.waves.T
        parts = pd.DataFrame(values * slope, columns=self.scaling.names, index=features.index)
        if f"{target}_rate" in parts:
            parts[f"{target}_rate"] += fitted["own"][0] * self._own(target, values)
        step = month_effect(np.array([month_ahead]))[0]
        base = np.full(len(features), cosine.sum() + fitted["intercept"][0] + fitted["month"][0] * step)
        return on_log_intensity(base, parts.reindex(columns=feature_names(), fill_value=0.0))

    def save(self, folder: Path) -> None:
        """Write the scaling, the frequencies and the coefficients."""
        stored = {"scaling": self.scaling.stored(), "waves": self.waves, "fitted": self.fitted}
        write_json(folder / f"{self.name}.json", stored)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        stored: dict[str, Any] = read_json(folder / f"{cls.name}.json")
        return cls(Scaling.read(stored["scaling"]), np.array(stored["waves"]), arrays(stored["fitted"]))

    def _design(self, target: str, values: Floats, month: Floats) -> Design:
        """Lay out kernel and month, and for a part its own base rate and the score for disruption; filled in place, as it is large."""
        width = 2 * self.waves.shape[1]
        design = np.empty((len(values), width + (1 if target == "disruption" else 3)), np.float32)
        design[:, :width] = self._kernel(values.astype(np.float32))
        design[:, width] = month
        if target != "disruption":
            design[:, width + 1] = self.own_scale * self._own(target, values)
            design[:, width + 2] = design[:, :width] @ self.fitted["disruption"]["kernel"].astype(np.float32)
        return design

    def _read(self, target: str, found: Floats, intercept: float) -> Fitted:
        """Return the coefficients with the share of the score for disruption put back into the kernel's."""
        width = 2 * self.waves.shape[1]
        kernel, own = found[:width], 0.0
        if target != "disruption":
            own = self.own_scale * float(found[width + 1])
            kernel = kernel + found[width + 2] * self.fitted["disruption"]["kernel"]
        levels = {"month": found[width], "own": own, "intercept": intercept}
        return {"kernel": kernel} | {name: np.array([value]) for name, value in levels.items()}

    def _own(self, target: str, values: Floats) -> Floats:
        """Return the target's own base rate; 0, the average, where history is withheld."""
        name = f"{target}_rate"
        return values[:, self.scaling.names.index(name)] if name in self.scaling.names else np.zeros(len(values))

    def _kernel(self, values: Floats) -> Floats:
        angle = values @ self.waves.astype(values.dtype)
        return np.concatenate([np.cos(angle), np.sin(angle)], axis=1) * values.dtype.type(np.sqrt(2))


def draw_waves(features: int, count: int, width: float) -> Floats:
    """Draw frequencies in orthogonal blocks, shape (features, count): the same at every fit, so that fits compare."""
    draw = np.random.default_rng(0)
    blocks: list[Floats] = []
    while features * len(blocks) < count:
        turn, _ = np.linalg.qr(draw.normal(size=(features, features)))
        blocks.append(turn * np.sqrt(draw.chisquare(features, features))[None, :])
    return np.asarray(np.concatenate(blocks, axis=1)[:, :count] * np.sqrt(2 * width / features))
