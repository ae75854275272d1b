"""Training rows: features with the first onset after each origin, as far as it was known when the model was fitted."""

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.panel.panel import Panel
from features.build import feature_names
from training.dataset.target import MAX_HORIZON, Outcomes

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


WIDE_ENOUGH = 0.2
"""Share of units that must have a feature before a model may use it."""


@dataclass(frozen=True)
class LabelledRows:
    """Features by origin and unit, and for each target what followed; all arrays have one entry per row."""

    features: pd.DataFrame
    calm: dict[str, Bools]
    first_onset: dict[str, Ints]
    """Months to the next onset, 13 where none within twelve."""
    origin_index: Ints
    reached: int = sys.maxsize
    """Index of the last month the catalogue has reached; what it does not list later need not have been calm."""

    def known_at(self, labels_until: int) -> "LabelledRows":
        """Return the rows whose outcome was at least in part published by a month (an index)."""
        return self.take(self.origin_index < labels_until)

    def take(self, keep: Bools | Ints) -> "LabelledRows":
        """Return the marked rows, or those of the given places as often as they are given."""
        return LabelledRows(
            self.features.iloc[keep],
            {t: c[keep] for t, c in self.calm.items()},
            {t: k[keep] for t, k in self.first_onset.items()},
            self.origin_index[keep],
            self.reached,
        )


@dataclass(frozen=True)
class PersonPeriods:
    """One line per row and month ahead at risk: did the onset fall in this month?"""

    row: Ints
    month_ahead: Ints
    onset: Floats
    weight: Floats


def label_rows(panel: Panel, features: pd.DataFrame, truth: dict[str, Outcomes]) -> LabelledRows:
    """Attach to every feature row what followed it."""
    unit = features["iso3"].map({code: i for i, code in enumerate(panel.iso3)}).to_numpy(np.int64)
    index = calendar.month_indices(features["origin"])
    origins, place = np.unique(index, return_inverse=True)
    return LabelledRows(
        features,
        {t: o.calm(origins)[unit, place] for t, o in truth.items()},
        {t: o.first_onset(origins)[unit, place] for t, o in truth.items()},
        index,
        min(o.until for o in truth.values()),
    )


def usable_features(rows: LabelledRows) -> list[str]:
    """Return the features that the newest origin has: a model is fitted on what it will be given.

    Feeds end and begin. A feature counts as gone when the share of units with a value is, at the newest training
    origin, less than half of what it was over all of them; it is not used either while fewer than `WIDE_ENOUGH` of the
    units have one, as it would tell the model which units those are: a file of crisis countries marks the crises.
    """
    known = rows.features[feature_names()].notna()
    newest = known[rows.origin_index == rows.origin_index.max()].mean()
    least = np.maximum(0.5 * known.mean(), WIDE_ENOUGH)
    return [name for name in feature_names() if newest[name] >= least[name]]


def person_periods(
    rows: LabelledRows, target: str, labels_until: int, quiet_block: int, seed: int, months: int = MAX_HORIZON
) -> PersonPeriods:
    """Lay out the first `months` months at risk after each calm row, up to the onset or the last published month.

    Of the months without onset one is kept at random out of every `quiet_block` that follow each other, with that weight:
    they are alike, and many, and a block of `months` is about one row, so that every capital and origin keeps its voice.
    A row and month ahead is used only if that month had ended and been published, which is the embargo.
    """
    ahead = np.arange(1, months + 1)
    first = rows.first_onset[target]
    reach = labels_until - rows.origin_index
    at_risk = rows.calm[target][:, None] & (ahead[None, :] <= np.minimum(first, reach)[:, None])
    onset = at_risk & (ahead[None, :] == first[:, None])
    quiet = np.flatnonzero(at_risk & ~onset)
    starts = np.arange(0, len(quiet), quiet_block)
    sizes = np.minimum(quiet_block, len(quiet) - starts)
    drawn = quiet[starts + (np.random.default_rng(seed).random(len(starts)) * sizes).astype(np.int64)]
    happened = np.flatnonzero(onset)
    place = np.concatenate([happened, drawn])
    weight = np.concatenate([np.ones(len(happened)), sizes.astype(float)])
    order = np.argsort(place)
    row, column = np.divmod(place[order], months)
    return PersonPeriods(row, column + 1, onset[row, column].astype(float), weight[order])
