"""Rows of a request to risk curves: one features frame and one evaluation of the model for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from serving.queries.errors import InvalidRequestError
from serving.queries.lookup import require_capital, require_in_panel, require_member
from serving.schemas.fields import State, year_month
from serving.schemas.prediction import PredictedCurve, Prediction, PredictRow
from serving.store import ServedPublication
from training.forecasting.abstention import abstained
from training.forecasting.forecast import states
from training.models.base import COLUMNS, Floats, risks

_COLUMN = {name: i for i, name in enumerate(COLUMNS)}
MAX_ORIGINS = 120
"""Features of an origin not asked for before take about a tenth of a second."""


@dataclass(frozen=True)
class Told:
    """What the model says of some rows, by target: the state of each, and its risks (rows, 12)."""

    state: dict[str, list[State]]
    risk: dict[str, Floats]

    @classmethod
    def of(
        cls, served: ServedPublication, features: pd.DataFrame, silent: Mapping[str, npt.NDArray[np.bool_]]
    ) -> "Told":
        """Evaluate the model; `silent` are the rows in which a target is not forecast."""
        hazards, going_on = served.model.hazards(features), states(features)
        risk = {target: np.clip(risks(hazards[target]), 0, 1).round(6) for target in TARGETS}
        state: dict[str, list[State]] = {
            target: [
                "ongoing" if on else "abstained" if lacking else "calm"
                for on, lacking in zip(going_on[target], silent[target], strict=True)
            ]
            for target in TARGETS
        }
        return cls(state, risk)

    def curves(self, place: int) -> dict[str, PredictedCurve]:
        """Return the curves of one row."""
        return {
            target: PredictedCurve.model_construct(
                state=state[place], risk=self.risk[target][place].tolist() if state[place] == "calm" else None
            )
            for target, state in self.state.items()
        }


@dataclass(frozen=True)
class Known:
    """Every capital at an origin, and what the model says of it: one evaluation for all costs little more than for one."""

    row: dict[str, int]
    """Place of each capital, by ISO3."""
    values: npt.NDArray[np.float32]
    """Features, a row a capital."""
    flags: list[list[str]]
    told: Told

    @classmethod
    def at(cls, served: ServedPublication, origin: pd.Timestamp) -> "Known":
        """Predict every capital at an origin."""
        features = served.features(origin)
        return cls(
            row={iso3: i for i, iso3 in enumerate(features["iso3"])},
            values=features[COLUMNS].to_numpy(np.float32),
            flags=[str(text).split() for text in features["flags"]],
            told=Told.of(served, features, abstained(features["flags"])),
        )


def known(served: ServedPublication, origin: pd.Timestamp) -> Known:
    """Return what the model says of every capital at an origin."""
    return served.once("known", origin, lambda: Known.at(served, origin))


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
    _check_names(rows)
    named: dict[tuple[str | None, str | None], Key | None] = {}
    for position, row in enumerate(rows):
        if (row.iso3, row.origin) not in named:
            named[row.iso3, row.origin] = _key(served, row, position)
    if len({key[1] for key in named.values() if key}) > MAX_ORIGINS:
        raise InvalidRequestError(
            f"more than {MAX_ORIGINS} different origins; send the rows in several requests",
            {"rows": "too many origins"},
        )
    keys = [named[row.iso3, row.origin] for row in rows]
    own = [i for i, row in enumerate(rows) if row.features or row.iso3 is None]
    # Features of the caller's own stand in for what is missing, so that no target is abstained from.
    heard = dict.fromkeys(TARGETS, np.zeros(len(own), bool))
    told = Told.of(served, _frame(served, [(rows[i], keys[i]) for i in own]), heard) if own else None
    replaced = {place: i for i, place in enumerate(own)}
    made = []
    for i, key in enumerate(keys):
        at_origin = known(served, key[1]) if key else None
        place = at_origin.row[key[0]] if at_origin and key else 0
        if told is not None and i in replaced:
            targets = told.curves(replaced[i])
        else:
            targets = at_origin.told.curves(place) if at_origin else {}
        made.append(
            Prediction.model_construct(
                iso3=key[0] if key else None,
                origin=year_month(key[1]) if key else None,
                flags=at_origin.flags[place] if at_origin else [],
                targets=targets,
            )
        )
    return made


Key = tuple[str, pd.Timestamp]


def _key(served: ServedPublication, row: PredictRow, position: int) -> Key | None:
    if row.iso3 is None:
        return None
    iso3 = require_capital(served, row.iso3, f"rows.{position}.iso3")
    origin = require_in_panel(served, row.origin, f"rows.{position}.origin")
    require_member(served, iso3, origin, f"rows.{position}.origin")
    return iso3, origin


def _frame(served: ServedPublication, rows: Sequence[tuple[PredictRow, Key | None]]) -> pd.DataFrame:
    values = np.full((len(rows), len(COLUMNS)), np.nan, np.float32)
    for i, (row, key) in enumerate(rows):
        if key:
            at_origin = known(served, key[1])
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
        raise InvalidRequestError(message, problems)


def horizons() -> list[int]:
    """Return the horizons of every curve."""
    return list(calendar.HORIZONS)
