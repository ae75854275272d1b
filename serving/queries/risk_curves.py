"""Risk curves by the served model: of rows of features, and of every capital at an origin."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.contracts.forecasts import TARGETS
from serving.schemas.fields import State
from serving.schemas.prediction import PredictedCurve
from serving.served_publication import ServedPublication
from training.forecasting.abstention import abstained
from training.forecasting.forecast import states
from training.models.base import COLUMNS, Floats, risks


@dataclass(frozen=True)
class RiskCurves:
    """Output of the model for some rows, by target: the state of each row, and its cumulative risks (rows, 12)."""

    state: dict[str, list[State]]
    risk: dict[str, Floats]

    @classmethod
    def predict(
        cls, served: ServedPublication, features: pd.DataFrame, abstaining: Mapping[str, npt.NDArray[np.bool_]]
    ) -> "RiskCurves":
        """Evaluate the served model.

        Args:
            served: The publication whose model predicts.
            features: Rows of `features.build`.
            abstaining: By target, whether data that it needs are missing in each row.
        """
        hazards, going_on = served.model.hazards(features), states(features)
        risk = {target: np.clip(risks(hazards[target]), 0, 1).round(6) for target in TARGETS}
        state: dict[str, list[State]] = {
            target: [
                "ongoing" if ongoing else "abstained" if missing else "calm"
                for ongoing, missing in zip(going_on[target], abstaining[target], strict=True)
            ]
            for target in TARGETS
        }
        return cls(state, risk)

    def row(self, position: int) -> dict[str, PredictedCurve]:
        """Return the curve of each target in one row."""
        return {
            target: PredictedCurve.model_construct(
                state=state[position], risk=self.risk[target][position].tolist() if state[position] == "calm" else None
            )
            for target, state in self.state.items()
        }


@dataclass(frozen=True)
class OriginPredictions:
    """Features and risk curves of every capital at an origin; evaluating all costs little more than evaluating one."""

    position: dict[str, int]
    """Row of each capital, by ISO3."""
    values: npt.NDArray[np.float32]
    """Features (capitals, features)."""
    flags: list[list[str]]
    curves: RiskCurves

    @property
    def nbytes(self) -> int:
        """Return the bytes of the arrays."""
        return self.values.nbytes + sum(risk.nbytes for risk in self.curves.risk.values())


def predictions_at(served: ServedPublication, origin: pd.Timestamp) -> OriginPredictions:
    """Return the features and risk curves of every capital at an origin."""

    def compute() -> OriginPredictions:
        features = served.features(origin)
        return OriginPredictions(
            position={iso3: i for i, iso3 in enumerate(features["iso3"])},
            values=features[COLUMNS].to_numpy(np.float32),
            flags=[str(text).split() for text in features["flags"]],
            curves=RiskCurves.predict(served, features, abstained(features["flags"])),
        )

    return served.views.get_or_compute(("predictions", origin), compute)
