"""Rows of a request to risk curves: one features frame and one evaluation of the model for all of them."""

from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np
import pandas as pd

from data import calendar
from data.contracts import TARGETS
from features.build import feature_names
from serving.errors import ApiError
from serving.lookup import require_capital, require_known
from serving.schemas import PredictedCurve, Prediction, PredictRow, State
from serving.state import Issue
from training.abstention import abstained
from training.forecast import states
from training.models.base import COLUMNS, risks

MAX_ORIGINS = 120
"""Features of an origin not asked for before take about a tenth of a second."""


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
    flags = {key: str(issue.features(key[1]).at[key[0], "flags"]).split() for key in named.values() if key}
    features = _frame(issue, rows, keys)
    hazards = issue.model.hazards(features)
    going_on = states(features)
    # Features of the caller's own stand in for what is missing.
    silent = abstained(
        pd.Series([" ".join(flags[k]) if k and not r.features else "" for k, r in zip(keys, rows, strict=True)])
    )
    state: dict[str, list[State]] = {
        t: [
            "ongoing" if on else "abstained" if lacking else "calm"
            for on, lacking in zip(going_on[t], silent[t], strict=True)
        ]
        for t in TARGETS
    }
    curves = {target: np.clip(risks(hazards[target]), 0, 1).round(6).tolist() for target in TARGETS}
    return [
        Prediction.model_construct(
            iso3=key[0] if key else None,
            origin=f"{key[1]:%Y-%m}" if key else None,
            flags=flags[key] if key else [],
            targets={
                target: PredictedCurve.model_construct(
                    state=state[target][i],
                    risk=curves[target][i] if state[target][i] == "calm" else None,
                )
                for target in TARGETS
            },
        )
        for i, key in enumerate(keys)
    ]


Key = tuple[str, pd.Timestamp]


def _key(issue: Issue, row: PredictRow, position: int) -> Key | None:
    if row.iso3 is None:
        return None
    iso3 = require_capital(issue, row.iso3, f"rows.{position}.iso3")
    origin = require_known(issue, row.origin, f"rows.{position}.origin")
    joined = issue.capitals.at[iso3, "member_from"]
    if origin < joined:
        message = f"{iso3} is in the panel from {joined:%Y-%m}; origin {origin:%Y-%m} is before that"
        raise ApiError(404, "unknown_origin", message, {f"rows.{position}.origin": message})
    return iso3, origin


def _frame(issue: Issue, rows: Sequence[PredictRow], keys: Sequence[Key | None]) -> pd.DataFrame:
    names = feature_names()
    column = {name: i for i, name in enumerate(names)}
    values = np.full((len(rows), len(names)), np.nan, np.float32)
    by_origin: dict[pd.Timestamp, list[int]] = {}
    for i, key in enumerate(keys):
        if key:
            by_origin.setdefault(key[1], []).append(i)
    for origin, places in by_origin.items():
        values[places] = (
            issue.features(origin).loc[[k[0] for i in places if (k := keys[i])], names].to_numpy(np.float32)
        )
    for i, row in enumerate(rows):
        for name, value in (row.features or {}).items():
            values[i, column[name]] = np.nan if value is None else value
    return pd.DataFrame(values, columns=COLUMNS)


def _check_names(rows: Sequence[PredictRow]) -> None:
    known = set(feature_names())
    problems: dict[str, str] = {}
    for position, row in enumerate(rows):
        for name in (row.features or {}).keys() - known:
            close = get_close_matches(name[:80], known, 3, 0.5)
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
