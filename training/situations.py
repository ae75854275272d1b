"""Past capital-months as the champion sees them: which were most alike, and which of its inputs a change takes where."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.contracts import TARGETS
from training.models.base import Floats, HazardModel
from training.models.scaling import Scaling
from training.rows import Rows
from training.target import MAX_HORIZON

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


def inputs(model: HazardModel, rows: Rows) -> pd.DataFrame:
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
    scaling = Scaling(*(compared[c].tolist() for c in ("feature", "centre", "scale")))
    values = np.clip(np.rint(scaling(features) * STEPS_A_UNIT), -127, 127)
    known = np.isfinite(features[scaling.names].to_numpy(float))
    coded = pd.DataFrame(np.where(known, values, UNKNOWN).astype(np.int8), columns=scaling.names)
    keys = features[["origin", "iso3"]].reset_index(drop=True)
    return pd.concat([keys.astype({"iso3": "category"}), coded], axis=1)


@dataclass(frozen=True)
class Situations:
    """Coded past rows (`encode`), and the weights by which they are compared."""

    coded: pd.DataFrame
    seen: pd.DataFrame

    def closest(self, row: pd.DataFrame, target: str, known_until: int, count: int) -> pd.DataFrame:
        """Return the past capital-months most like one row of `features.build`: origin, iso3, distance, nearest first.

        Only those whose whole following year was over by `known_until` (an index); distance is the root of the mean
        square of standardised differences, each feature weighing what it moves the champion's forecast of `target`.
        """
        names = [c for c in self.coded.columns if c not in {"origin", "iso3"}]
        origins, codes = calendar.month_indices(self.coded["origin"]), self.coded["iso3"].to_numpy(str)
        here, index = str(row["iso3"].iloc[0]), calendar.month_index(row["origin"].iloc[0])
        usable = origins + MAX_HORIZON <= known_until
        usable &= (codes != here) | (origins < index - OWN_PAST_MONTHS)
        past = self.coded.loc[usable, names].to_numpy(np.int8)
        distance = self._distances(past, encode(row, self.seen)[names].to_numpy(np.int8)[0], names, target)
        chosen: list[int] = []
        taken: dict[str, list[int]] = {}
        months, units = origins[usable], codes[usable]
        for i in np.argsort(distance, kind="stable"):
            if len(chosen) == count or not np.isfinite(distance[i]):
                break
            if all(abs(months[i] - other) >= APART_MONTHS for other in taken.get(units[i], [])):
                chosen.append(int(i))
                taken.setdefault(units[i], []).append(int(months[i]))
        return pd.DataFrame(
            {
                "origin": [calendar.month_at(int(months[i])) for i in chosen],
                "iso3": [str(units[i]) for i in chosen],
                "distance": distance[chosen],
            }
        )

    def _distances(
        self, past: npt.NDArray[np.int8], row: npt.NDArray[np.int8], names: list[str], target: str
    ) -> Floats:
        weight = self.seen.set_index("feature").loc[names, f"weight_{target}"].to_numpy(np.float32)
        known = (past != UNKNOWN) & (row != UNKNOWN)[None, :]
        apart = (past.astype(np.float32) - row.astype(np.float32)) / STEPS_A_UNIT
        square = np.where(known, apart, 0) ** 2 @ weight
        share = known @ weight
        enough = share >= LEAST_KNOWN * weight.sum()
        return np.where(enough, np.sqrt(square / np.where(enough, share, 1)), np.inf).astype(float)
