"""Rows of a request to risk curves: one features frame and one evaluation of the model for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.contracts import TARGETS
from serving.errors import ApiError
from serving.lookup import require_capital, require_known
from serving.schemas import PredictedCurve, Prediction, PredictRow, State
from serving.stamp import month
from serving.state import Issue
from training.abstention import abstained
from training.forecast import states
from training.models.base import COLUMNS, risks

_COLUMN = {name: i for i, name in enumerate(COLUMNS)}
NOWHERE = Prediction(iso3=None, origin=None, flags=[], targets={})
"""What is known of a row of features without a capital."""
MAX_ORIGINS = 120
"""Features of an origin not asked for before take about a tenth of a second."""


@dataclass(frozen=True)
class Known:
    """What the model says of every capital at an origin: one evaluation for all costs little more than for one."""

    row: dict[str, int]
    """Place of each capital, by ISO3."""
    values: npt.NDArray[np.float32]
    """Features, a row a capital."""
    predictions: list[Prediction]

    @classmethod
    def at(cls, issue: Issue, origin: pd.Timestamp) -> "Known":
        """Predict every capital at an origin."""
        features = issue.features(origin)
        silent = abstained(features["flags"])
        told = _curves(issue, features, [{t for t in TARGETS if silent[t][i]} for i in range(len(features))])
        flags = [str(text).split() for text in features["flags"]]
        predictions = [
            Prediction(iso3=iso3, origin=month(origin), flags=flags[i], targets=told[i])
            for i, iso3 in enumerate(features["iso3"])
        ]
        row = {iso3: i for i, iso3 in enumerate(features["iso3"])}
        return cls(row, features[COLUMNS].to_numpy(np.float32), predictions)


def known(issue: Issue, origin: pd.Timestamp) -> Known:
    """Return what the model says of every capital at an origin."""
    return issue.once("known", origin, lambda: Known.at(issue, origin))


def predict(issue: Issue, rows: Sequence[PredictRow]) -> list[Prediction]:
    """Return a prediction for each row; raise ApiError naming the row where one cannot be answered."""
    _check_names(rows)
    named: dict[tuple[str | None, str | None], Key | None] = {}
    for position, row in enumerate(rows):
        if (row.iso3, row.origin) not in named:
            named[row.iso3, row.origin] = _key(issue, row, position)
    if len({key[1] for key in named.values() if key}) > MAX_ORIGINS:
        raise ApiError(
            422,
            "invalid_request",
            f"more than {MAX_ORIGINS} different origins; send the rows in several requests",
            {"rows": "too many origins"},
        )
    keys = [named[row.iso3, row.origin] for row in rows]
    made = [_found(issue, key) if key else NOWHERE for key in keys]
    own = [i for i, row in enumerate(rows) if row.features is not None]
    if own:
        # Features of the caller's own stand in for what is missing, so that no target is abstained from.
        told = _curves(issue, _frame(issue, [(rows[i], keys[i]) for i in own]), [set()] * len(own))
        for i, targets in zip(own, told, strict=True):
            made[i] = made[i].model_copy(update={"targets": targets})
    return made


def _found(issue: Issue, key: "Key") -> Prediction:
    at_origin = known(issue, key[1])
    return at_origin.predictions[at_origin.row[key[0]]]


def _curves(issue: Issue, features: pd.DataFrame, silent: Sequence[set[str]]) -> list[dict[str, PredictedCurve]]:
    """Evaluate the model; `silent` are the targets of each row that are not forecast."""
    hazards, going_on = issue.model.hazards(features), states(features)
    curves = {target: np.clip(risks(hazards[target]), 0, 1).round(6).tolist() for target in TARGETS}
    made = []
    for i, lacking in enumerate(silent):
        targets = {}
        for target in TARGETS:
            state: State = "ongoing" if going_on[target][i] else "abstained" if target in lacking else "calm"
            risk = curves[target][i] if state == "calm" else None
            targets[target] = PredictedCurve.model_construct(state=state, risk=risk)
        made.append(targets)
    return made


Key = tuple[str, pd.Timestamp]


def _key(issue: Issue, row: PredictRow, position: int) -> Key | None:
    if row.iso3 is None:
        return None
    iso3 = require_capital(issue, row.iso3, f"rows.{position}.iso3")
    origin = require_known(issue, row.origin, f"rows.{position}.origin")
    if iso3 not in known(issue, origin).row:
        joined = issue.capitals.at[iso3, "member_from"]
        message = f"{iso3} is in the panel from {joined:%Y-%m}; origin {origin:%Y-%m} is before that"
        raise ApiError(404, "unknown_origin", message, {f"rows.{position}.origin": message})
    return iso3, origin


def _frame(issue: Issue, rows: Sequence[tuple[PredictRow, Key | None]]) -> pd.DataFrame:
    values = np.full((len(rows), len(COLUMNS)), np.nan, np.float32)
    for i, (row, key) in enumerate(rows):
        if key:
            at_origin = known(issue, key[1])
            values[i] = at_origin.values[at_origin.row[key[0]]]
        for name, value in (row.features or {}).items():
            values[i, _COLUMN[name]] = np.nan if value is None else value
    return pd.DataFrame(values, columns=COLUMNS)


def _check_names(rows: Sequence[PredictRow]) -> None:
    problems: dict[str, str] = {}
    for position, row in enumerate(rows):
        for name in (row.features or {}).keys() - _COLUMN.keys():
            close = get_close_matches(name[:80], _COLUMN, 3, 0.5)
            nearest = f"; the nearest are {', '.join(close)}" if close else ""
            problems[f"rows.{position}.features.{name[:80]}"] = f"no feature is called {name[:80]!r}{nearest}"
        if len(problems) >= 5:
            break
    if problems:
        message = f"{next(iter(problems.values()))}; all are listed at /v1/features/MLI"
        raise ApiError(422, "invalid_request", message, problems)


def horizons() -> list[int]:
    """Return the horizons of every curve."""
    return list(calendar.HORIZONS)
