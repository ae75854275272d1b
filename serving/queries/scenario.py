"""What if more, or less, had happened: a capital's risks before and after a change, on features built again."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.counterfactual import Edit, Marked, Supposed, suppose
from data.panel.panel import Panel
from features.build import build_one, feature_names
from serving.queries.errors import InvalidRequestError
from serving.queries.lookup import require_member
from serving.queries.prediction import RiskCurves
from serving.queries.scenario_changes import counts, read
from serving.schemas.prediction import PredictedCurve
from serving.schemas.scenario_changes import AnyChange
from serving.store import ServedPublication
from training.forecasting.abstention import abstained

REPORTED, BEFORE, AFTER = 0, 1, 2
"""Rows of `Compared.rows`."""


@dataclass(frozen=True)
class Asked:
    """A change, as it was said and as it touches the panel."""

    said: str
    change: AnyChange
    edits: list[Edit]
    marks: list[Marked]


@dataclass(frozen=True)
class Compared:
    """A capital as reported, before a change and after it; `before` differs from `reported` by what had to be supposed."""

    served: ServedPublication
    iso3: str
    origin: pd.Timestamp
    changes: list[Asked]
    supposed: Supposed
    rows: pd.DataFrame
    """Three rows of `features.build`."""

    def moved(self, first: int = BEFORE, second: int = AFTER, *, used: bool = False) -> list[str]:
        """Return the features that differ between two rows, those alone that the model uses where asked."""
        values = self.rows[feature_names()].to_numpy(float)
        differ = ~((values[first] == values[second]) | (np.isnan(values[first]) & np.isnan(values[second])))
        seen = set(self.served.publication.inputs["feature"])
        return [n for n, d in zip(feature_names(), differ, strict=True) if d and (n in seen or not used)]

    @cached_property
    def curves(self) -> dict[str, list[PredictedCurve]]:
        """The curves of every target: as reported, before, after."""
        predicted = RiskCurves.predict(self.served, self.rows, abstained(self.rows["flags"]))
        by_row = [predicted.row(position) for position in (REPORTED, BEFORE, AFTER)]
        return {target: [curves[target] for curves in by_row] for target in TARGETS}


def compare(served: ServedPublication, iso3: str, origin: pd.Timestamp, changes: Sequence[AnyChange | str]) -> Compared:
    """Change the newest known months of a capital at an origin, build its features again and predict all three rows.

    Args:
        served: The publication whose model and panel are used.
        iso3: Code of a forecast state.
        origin: Origin inside the panel.
        changes: Structured changes or plain sentences.

    Raises:
        UnknownOriginError: The state entered the panel after the origin.
        UnknownCorridorError: A change names a corridor the capital does not have.
        InvalidRequestError: A sentence is not understood, or no month lies before the origin.
    """
    require_member(served, iso3, origin)
    reported = served.features(origin)
    asked = [_asked(change, iso3, f"changes.{i}") for i, change in enumerate(changes)]
    edits = [edit for one in asked for edit in one.edits]
    marks = [mark for one in asked for mark in one.marks]
    if marks and calendar.month_index(origin) == 0:
        raise InvalidRequestError("the panel begins at this origin: no month lies before it", {"origin": ""})
    supposed = suppose(served.panel, origin, iso3, edits, marks)
    own = reported.loc[[iso3]]
    before = _row(supposed.before, origin, iso3) if supposed.quiet else own
    rows = pd.concat([own, before, _row(supposed.after, origin, iso3)], ignore_index=True)
    return Compared(served, iso3, origin, asked, supposed, rows)


def _asked(change: AnyChange | str, iso3: str, field: str) -> Asked:
    typed = read(change, field) if isinstance(change, str) else change
    return Asked(change if isinstance(change, str) else typed.sentence, typed, *counts(typed, iso3, field))


def _row(panel: Panel, origin: pd.Timestamp, iso3: str) -> pd.DataFrame:
    made = build_one(panel, origin)
    return made[made["iso3"] == iso3]
