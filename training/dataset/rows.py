"""Labelled rows: features of every origin and unit, joined to the first onset that follows, and their person-periods.

Person-period data turn a discrete-time survival model into a classification of months at risk (Singer & Willett 1993,
doi:10.3102/10769986018002155).
"""

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
"""Share of units that must have a value before a model may use a feature."""


@dataclass(frozen=True)
class LabelledRows:
    """Features by origin and unit with the outcome of each target; every array has shape (rows,).

    Attributes:
        features: Keys `origin` and `iso3`, and one float32 column per feature.
        calm: Target -> whether no episode is going on at the origin.
        first_onset: Target -> months from the origin to the next onset, 13 where none falls within twelve.
        origin_index: Month index of the origin (`data.calendar.month_index`).
        known_to: Index of the last month the catalogue covers; a later month without an episode need not be calm.
    """

    features: pd.DataFrame
    calm: dict[str, Bools]
    first_onset: dict[str, Ints]
    origin_index: Ints
    known_to: int = sys.maxsize

    def known_at(self, labels_until: int) -> "LabelledRows":
        """Return the rows with at least one month of outcome published up to the month of this index."""
        return self.take(self.origin_index < labels_until)

    def take(self, keep: Bools | Ints) -> "LabelledRows":
        """Return the rows of a mask, or of integer positions, repeated as often as they occur."""
        return LabelledRows(
            self.features.iloc[keep],
            {t: c[keep] for t, c in self.calm.items()},
            {t: k[keep] for t, k in self.first_onset.items()},
            self.origin_index[keep],
            self.known_to,
        )


@dataclass(frozen=True)
class PersonPeriods:
    """One entry per row and month ahead at risk; all arrays have shape (person-periods,).

    Attributes:
        row: Position of the labelled row.
        month_ahead: Months from the origin, 1..12.
        onset: 1 where the onset falls in this month, else 0.
        weight: Sampling weight: 1 for onsets, the size of its block for a quiet month.
    """

    row: Ints
    month_ahead: Ints
    onset: Floats
    weight: Floats


def label_rows(panel: Panel, features: pd.DataFrame, truth: dict[str, Outcomes]) -> LabelledRows:
    """Join the outcome of every target to feature rows.

    Args:
        panel: Panel whose units are the rows' units.
        features: Output of `features.build.build`.
        truth: Target -> outcomes, unit x month.

    Returns:
        Rows in the order of `features`.
    """
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
    """Return the names of the features available at the newest training origin, in the registry's order.

    Feeds end and begin. A feature counts as discontinued when the share of units with a value is, at the newest training
    origin, less than half of its mean over all origins. It is not used either while fewer than `WIDE_ENOUGH` of the
    units have a value, as missingness would identify the units: a file of crisis countries marks the crises.
    """
    known = rows.features[feature_names()].notna()
    newest = known[rows.origin_index == rows.origin_index.max()].mean()
    least = np.maximum(0.5 * known.mean(), WIDE_ENOUGH)
    return [name for name in feature_names() if newest[name] >= least[name]]


def person_periods(
    rows: LabelledRows, target: str, labels_until: int, quiet_block: int, seed: int, months: int = MAX_HORIZON
) -> PersonPeriods:
    """Return the months at risk after each calm row, up to the onset or the last published month.

    Months without an onset are undersampled: one at random out of every `quiet_block` consecutive ones, with the size of
    its block as weight (weighted case-control sampling, King & Zeng 2001, doi:10.1093/oxfordjournals.pan.a004868). A
    block of `months` is about one row, so that every capital and origin stays represented. A month ahead is used only
    if it had ended and been published by `labels_until`, which is the embargo.

    Args:
        rows: Labelled rows.
        target: Target whose onsets are labels.
        labels_until: Index of the last month whose outcome is published.
        quiet_block: Consecutive quiet months of which one is drawn; 1 keeps all.
        seed: Seed of the draws.
        months: Months ahead to lay out, at most `MAX_HORIZON`.

    Returns:
        Person-periods ordered by row and month ahead.
    """
    ahead = np.arange(1, months + 1)
    first = rows.first_onset[target]
    reach = min(labels_until, rows.known_to) - rows.origin_index
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
