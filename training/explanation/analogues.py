"""Analogues: past capital-months nearest to a row, in the champion's inputs weighted by their contributions.

Nearest neighbours under a weighted Euclidean distance of standardised features; features missing on either side are left out.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from training.dataset.rows import LabelledRows
from training.dataset.target import MAX_HORIZON
from training.models.base import Floats, HazardModel
from training.models.scaling import Scaling

SAMPLED = 60
"""Every so-manieth row is used to estimate how much each feature moves the champion."""
MONTH_AHEAD = 3
STEPS_A_UNIT = 20
"""Steps per standard deviation: values are quantised to one byte, half a million in half a megabyte."""
UNKNOWN = -128
LEAST_KNOWN = 0.5
"""Least share of the weight on features known in both rows."""
OWN_PAST_MONTHS = 36
"""Most recent months of the capital itself that are excluded, as they are no independent analogue."""
APART_MONTHS = 12
"""Least distance in months between two analogues of one capital, as neighbouring months are one situation."""

Ints = npt.NDArray[np.int64]


def inputs(model: HazardModel, rows: LabelledRows) -> pd.DataFrame:
    """Return the features the champion uses, with their ranges, scaling and weights.

    Args:
        model: Fitted champion.
        rows: Labelled rows it was trained on.

    Returns:
        One row per feature: `low` and `high`, `p01` and `p99` of the rows; `centre` and `scale` (training.models.scaling);
        `weight_<target>`, the mean absolute contribution to ln(intensity) over every `SAMPLED`-th row.
    """
    sample = rows.features.iloc[::SAMPLED]
    moved = {t: model.contributions(sample, t, MONTH_AHEAD).drop(columns="base").abs().mean() for t in TARGETS}
    weights = pd.DataFrame(moved)
    used = [name for name in weights.index if weights.loc[name].any()]
    values = rows.features[used]
    scaling = Scaling.of(values, used)
    place = {name: i for i, name in enumerate(scaling.names)}
    return pd.DataFrame(
        {
            "feature": used,
            "low": values.min().to_numpy(float),
            "high": values.max().to_numpy(float),
            "p01": values.quantile(0.01).to_numpy(float),
            "p99": values.quantile(0.99).to_numpy(float),
            "centre": [scaling.centre[place[n]] if n in place else np.nan for n in used],
            "scale": [scaling.scale[place[n]] if n in place else np.nan for n in used],
            **{f"weight_{t}": weights.loc[used, t].to_numpy(float) for t in TARGETS},
        }
    )


def encode(features: pd.DataFrame, inputs: pd.DataFrame) -> pd.DataFrame:
    """Quantise rows of `features.build` for the search of analogues.

    Args:
        features: Rows of `features.build.build`.
        inputs: Table of `inputs`.

    Returns:
        origin, iso3 and one int8 per feature: the standardised value in steps of 1 / `STEPS_A_UNIT`, clipped to
        -127..127, `UNKNOWN` where missing.
    """
    compared = inputs[inputs["centre"].notna()]
    scaling = Scaling(compared["feature"].tolist(), compared["centre"].to_numpy(), compared["scale"].to_numpy())
    values = np.clip(np.rint(scaling(features) * STEPS_A_UNIT), -127, 127)
    known = np.isfinite(features[scaling.names].to_numpy(float))
    coded = pd.DataFrame(np.where(known, values, UNKNOWN).astype(np.int8), columns=scaling.names)
    keys = features[["origin", "iso3"]].reset_index(drop=True)
    return pd.concat([keys.astype({"iso3": "category"}), coded], axis=1)


@dataclass(frozen=True)
class AnalogueIndex:
    """Search index: past rows of `encode`, and the table of `inputs` that holds the weights."""

    coded: pd.DataFrame
    inputs: pd.DataFrame

    @cached_property
    def _names(self) -> list[str]:
        return [c for c in self.coded.columns if c not in {"origin", "iso3"}]

    @cached_property
    def _columns(self) -> npt.NDArray[np.int8]:
        """Quantised values, feature by feature in memory, shape (features, rows)."""
        return np.ascontiguousarray(self.coded[self._names].to_numpy(np.int8).T)

    @cached_property
    def _months(self) -> Ints:
        return calendar.month_indices(self.coded["origin"])

    @cached_property
    def _codes(self) -> npt.NDArray[np.str_]:
        return self.coded["iso3"].to_numpy(str)

    def closest(self, row: pd.DataFrame, target: str, known_until: int, count: int) -> pd.DataFrame:
        """Return the past capital-months nearest to a row.

        Args:
            row: One row of `features.build.build`.
            target: Target whose weights are used.
            known_until: Index of the last month with known outcomes; analogues lie at least twelve months before.
            count: Largest number of analogues.

        Returns:
            origin, iso3 and distance, nearest first. The distance is the weighted root mean square of standardised
            differences over the features known in both rows.
        """
        here, index = str(row["iso3"].iloc[0]), calendar.month_index(row["origin"].iloc[0])
        usable = self._months + MAX_HORIZON <= known_until
        usable &= (self._codes != here) | (self._months < index - OWN_PAST_MONTHS)
        distance = self._distances(encode(row, self.inputs)[self._names].to_numpy(np.int8)[0], target)
        distance[~usable] = np.inf
        chosen: list[int] = []
        taken: dict[str, list[int]] = {}
        for i in np.argsort(distance, kind="stable"):
            if len(chosen) == count or not np.isfinite(distance[i]):
                break
            unit, month = str(self._codes[i]), int(self._months[i])
            if all(abs(month - other) >= APART_MONTHS for other in taken.get(unit, [])):
                chosen.append(int(i))
                taken.setdefault(unit, []).append(month)
        return pd.DataFrame(
            {
                "origin": [calendar.month_at(int(self._months[i])) for i in chosen],
                "iso3": [str(self._codes[i]) for i in chosen],
                "distance": distance[chosen],
            }
        )

    def _distances(self, row: npt.NDArray[np.int8], target: str) -> Floats:
        """Return the distance of every past row, shape (rows,), summed feature by feature to bound memory."""
        weight = self.inputs.set_index("feature").loc[self._names, f"weight_{target}"].to_numpy(np.float32)
        square, share = np.zeros((2, len(self.coded)), np.float32)
        for column, value, heavy in zip(self._columns, row.astype(np.float32), weight, strict=True):
            if value == UNKNOWN or not heavy:
                continue
            weighed = heavy * (column != UNKNOWN)
            apart = (column.astype(np.float32) - value) / STEPS_A_UNIT
            square += weighed * apart * apart
            share += weighed
        enough = share >= LEAST_KNOWN * weight.sum()
        return np.where(enough, np.sqrt(square / np.where(enough, share, 1)), np.inf).astype(float)
