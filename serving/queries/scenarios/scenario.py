"""Scenarios: a capital's risks before and after a change of its newest months, on features built again."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.counterfactual import Counterfactual, Edit, EpisodeMonth, counterfactual
from data.panel.panel import Panel
from features.build import build_one, feature_names
from serving.queries.errors import InvalidRequestError
from serving.queries.lookup import require_member
from serving.queries.risk_curves import RiskCurves
from serving.queries.scenarios.edits import panel_edits
from serving.queries.scenarios.sentences import parse_sentence
from serving.schemas.prediction import PredictedCurve
from serving.schemas.scenario_changes import AnyChange
from serving.served_publication import ServedPublication
from training.forecasting.abstention import abstained

REPORTED, BEFORE, AFTER = 0, 1, 2
"""Rows of `Scenario.rows`."""


@dataclass(frozen=True)
class AppliedChange:
    """A change with its sentence and the edits of the panel it amounts to."""

    sentence: str
    change: AnyChange
    edits: list[Edit]
    marks: list[EpisodeMonth]


@dataclass(frozen=True)
class Scenario:
    """A capital as reported, before a change and after it; `before` differs from `reported` by the assumptions alone."""

    served: ServedPublication
    iso3: str
    origin: pd.Timestamp
    changes: list[AppliedChange]
    panels: Counterfactual
    rows: pd.DataFrame
    """Three rows of `features.build`."""

    def changed_features(self, first: int = BEFORE, second: int = AFTER, *, used: bool = False) -> list[str]:
        """Return the features that differ between two rows.

        Args:
            first: One of REPORTED, BEFORE and AFTER.
            second: Another.
            used: Whether to return only features that the served model uses.
        """
        values = self.rows[feature_names()].to_numpy(float)
        differ = ~((values[first] == values[second]) | (np.isnan(values[first]) & np.isnan(values[second])))
        inputs = set(self.served.publication.inputs["feature"])
        return [n for n, d in zip(feature_names(), differ, strict=True) if d and (n in inputs or not used)]

    @cached_property
    def curves(self) -> dict[str, list[PredictedCurve]]:
        """Curves of every target: as reported, before, after."""
        predicted = RiskCurves.predict(self.served, self.rows, abstained(self.rows["flags"]))
        by_row = [predicted.row(position) for position in (REPORTED, BEFORE, AFTER)]
        return {target: [curves[target] for curves in by_row] for target in TARGETS}


def run_scenario(
    served: ServedPublication, iso3: str, origin: pd.Timestamp, changes: Sequence[AnyChange | str]
) -> Scenario:
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
    applied = [_applied(change, iso3, f"changes.{i}") for i, change in enumerate(changes)]
    edits = [edit for change in applied for edit in change.edits]
    marks = [mark for change in applied for mark in change.marks]
    if marks and calendar.month_index(origin) == 0:
        raise InvalidRequestError("the panel begins at this origin: no month lies before it", {"origin": ""})
    panels = counterfactual(served.panel, origin, iso3, edits, marks)
    reported = served.features(origin).loc[[iso3]]
    before = _row(panels.before, origin, iso3) if panels.quiet else reported
    rows = pd.concat([reported, before, _row(panels.after, origin, iso3)], ignore_index=True)
    return Scenario(served, iso3, origin, applied, panels, rows)


def _applied(change: AnyChange | str, iso3: str, field: str) -> AppliedChange:
    structured = parse_sentence(change, field) if isinstance(change, str) else change
    sentence = change if isinstance(change, str) else structured.sentence
    return AppliedChange(sentence, structured, *panel_edits(structured, iso3, field))


def _row(panel: Panel, origin: pd.Timestamp, iso3: str) -> pd.DataFrame:
    features = build_one(panel, origin)
    return features[features["iso3"] == iso3]
