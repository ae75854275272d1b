"""Past capital-months as the champion sees them: which were most alike, and which of its inputs a change takes where."""

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
"""One row in so many tells how much each feature moves the champion."""
MONTH_AHEAD = 3
STEPS_A_UNIT = 20
"""Standardised values are kept to a twentieth in one byte: half a million feature values fit in half a megabyte."""
UNKNOWN = -128
LEAST_KNOWN = 0.5
"""Share of the weight that must be known of both situations."""
OWN_PAST_MONTHS = 36
"""Months of the capital itself that are left out: what was just so is no analogue."""
APART_MONTHS = 12
"""Two analogues of one capital lie at least so far apart, as neighbouring months are one situation."""

Ints = npt.NDArray[np.int64]


def inputs(model: HazardModel, rows: LabelledRows) -> pd.DataFrame:
    """Return the features the champion uses, with what it has seen of them and how much each moves it.

    Columns feature, low, high (extremes of the rows), p01, p99, centre, scale (of training.models.scaling), and
    `weight_<target>`: mean size of the feature's contribution to the log-odds, over a sample of the rows.
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


def encode(features: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Return origin, iso3 and one byte for each standardised feature of `inputs`, for rows of `features.build`."""
    compared = seen[seen["centre"].notna()]
    scaling = Scaling(compared["feature"].tolist(), compared["centre"].to_numpy(), compared["scale"].to_numpy())
    values = np.clip(np.rint(scaling(features) * STEPS_A_UNIT), -127, 127)
    known = np.isfinite(features[scaling.names].to_numpy(float))
    coded = pd.DataFrame(np.where(known, values, UNKNOWN).astype(np.int8), columns=scaling.names)
    keys = features[["origin", "iso3"]].reset_index(drop=True)
    return pd.concat([keys.astype({"iso3": "category"}), coded], axis=1)


@dataclass(frozen=True)
class AnalogueIndex:
    """Coded past rows (`encode`), and the weights by which they are compared; laid out once, asked many times."""

    coded: pd.DataFrame
    seen: pd.DataFrame

    @cached_property
    def _names(self) -> list[str]:
        return [c for c in self.coded.columns if c not in {"origin", "iso3"}]

    @cached_property
    def _columns(self) -> npt.NDArray[np.int8]:
        """The bytes of each feature side by side, shape (features, rows)."""
        return np.ascontiguousarray(self.coded[self._names].to_numpy(np.int8).T)

    @cached_property
    def _months(self) -> Ints:
        return calendar.month_indices(self.coded["origin"])

    @cached_property
    def _codes(self) -> npt.NDArray[np.str_]:
        return self.coded["iso3"].to_numpy(str)

    def closest(self, row: pd.DataFrame, target: str, known_until: int, count: int) -> pd.DataFrame:
        """Return the past capital-months most like one row of `features.build`: origin, iso3, distance, nearest first.

        Only those whose whole following year was over by `known_until` (an index); distance is the root of the mean
        square of standardised differences, each feature weighing what it moves the champion's forecast of `target`.
        """
        here, index = str(row["iso3"].iloc[0]), calendar.month_index(row["origin"].iloc[0])
        usable = self._months + MAX_HORIZON <= known_until
        usable &= (self._codes != here) | (self._months < index - OWN_PAST_MONTHS)
        distance = self._distances(encode(row, self.seen)[self._names].to_numpy(np.int8)[0], target)
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
        """Return the distance of every coded row, feature by feature, so that nothing large is made on the way."""
        weight = self.seen.set_index("feature").loc[self._names, f"weight_{target}"].to_numpy(np.float32)
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
