"""Risk curves of capitals at origins and of rows of features, by one evaluation of the model for all rows of a request."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from serving.queries.errors import InvalidRequestError
from serving.queries.lookup import require_capital, require_in_panel, require_member
from serving.queries.risk_curves import OriginPredictions, RiskCurves, predictions_at
from serving.schemas.fields import year_month
from serving.schemas.prediction import PredictedCurve, Prediction, PredictRow
from serving.served_publication import ServedPublication
from training.models.base import COLUMNS

_COLUMN = {name: i for i, name in enumerate(COLUMNS)}
MAX_ORIGINS = 120
"""Features of an origin that is not cached take about a tenth of a second."""
Key = tuple[str, pd.Timestamp]
"""A capital at an origin."""


def predict(served: ServedPublication, rows: Sequence[PredictRow]) -> list[Prediction]:
    """Return a prediction for each row, in their order.

    Args:
        served: The publication whose model predicts.
        rows: Capitals at origins, rows of features, or both.

    Raises:
        UnknownCapitalError: A row names no forecast state.
        UnknownOriginError: An origin is outside the panel or before the state existed.
        InvalidRequestError: A feature or month is unknown, or there are more than MAX_ORIGINS origins.
    """
    _require_features(rows)
    keys = _keys(served, rows)
    origins = {key[1] for key in keys if key}
    if len(origins) > MAX_ORIGINS:
        raise InvalidRequestError(
            f"more than {MAX_ORIGINS} different origins; send the rows in several requests",
            {"rows": "too many origins"},
        )
    at_origin = {origin: predictions_at(served, origin) for origin in origins}
    changed = [i for i, row in enumerate(rows) if row.features or row.iso3 is None]
    changed_curves: dict[int, dict[str, PredictedCurve]] = {}
    if changed:
        features = _features([(rows[i], keys[i]) for i in changed], at_origin)
        # The caller's features stand in for missing data, so that no target is abstained from.
        nowhere = dict.fromkeys(TARGETS, np.zeros(len(changed), bool))
        curves = RiskCurves.predict(served, features, nowhere)
        changed_curves = {i: curves.row(position) for position, i in enumerate(changed)}
    return [_prediction(key, at_origin, changed_curves.get(i)) for i, key in enumerate(keys)]


def _keys(served: ServedPublication, rows: Sequence[PredictRow]) -> list[Key | None]:
    by_name: dict[tuple[str | None, str | None], Key | None] = {}
    for position, row in enumerate(rows):
        if (row.iso3, row.origin) not in by_name:
            by_name[row.iso3, row.origin] = _key(served, row, position)
    return [by_name[row.iso3, row.origin] for row in rows]


def _key(served: ServedPublication, row: PredictRow, position: int) -> Key | None:
    if row.iso3 is None:
        return None
    iso3 = require_capital(served, row.iso3, f"rows.{position}.iso3")
    origin = require_in_panel(served, row.origin, f"rows.{position}.origin")
    require_member(served, iso3, origin, f"rows.{position}.origin")
    return iso3, origin


def _features(
    rows: Sequence[tuple[PredictRow, Key | None]], at_origin: Mapping[pd.Timestamp, OriginPredictions]
) -> pd.DataFrame:
    """Return the features of rows, those of the request in place of the capital's own; NaN where there are neither."""
    values = np.full((len(rows), len(COLUMNS)), np.nan, np.float32)
    for i, (row, key) in enumerate(rows):
        if key:
            iso3, origin = key
            values[i] = at_origin[origin].values[at_origin[origin].position[iso3]]
        for name, value in (row.features or {}).items():
            values[i, _COLUMN[name]] = np.nan if value is None else value
    return pd.DataFrame(values, columns=COLUMNS)


def _prediction(
    key: Key | None,
    at_origin: Mapping[pd.Timestamp, OriginPredictions],
    changed: dict[str, PredictedCurve] | None,
) -> Prediction:
    """Return the prediction of a row: of its changed features where there are any, else of the capital as it is."""
    if key is None:
        return Prediction.model_construct(iso3=None, origin=None, flags=[], targets=changed or {})
    iso3, origin = key
    predictions = at_origin[origin]
    position = predictions.position[iso3]
    targets = predictions.curves.row(position) if changed is None else changed
    return Prediction.model_construct(
        iso3=iso3, origin=year_month(origin), flags=predictions.flags[position], targets=targets
    )


def _require_features(rows: Sequence[PredictRow]) -> None:
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
        raise InvalidRequestError(message, problems)


def horizons() -> list[int]:
    """Return the horizons of every curve."""
    return list(calendar.HORIZONS)
