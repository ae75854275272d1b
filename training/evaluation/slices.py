"""Slices of a backtest, on each of which scores are computed: a target, a horizon, a span of origins and a catalogue."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from data.reference_tables import FOLDER
from training.dataset.folds import SCORED_FROM, SCORED_TO, WINDOWS
from training.dataset.rows import LabelledRows, label_rows
from training.dataset.target import MAX_HORIZON, Outcomes
from training.evaluation.backtest import Backtest
from training.models.base import risks

REPORTED_HORIZONS = (1, 3, 6, 12)
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Slice:
    """Calm rows of one target, horizon, window and catalogue; every array has shape (rows,).

    Attributes:
        episodes: Version of the catalogue that gives the outcomes.
        target: Target.
        horizon: Months ahead.
        window: Span of origins, a key of `folds.WINDOWS`.
        risk: Method -> risk of an onset within the horizon.
        observed: 1 where an onset falls within the horizon, else 0.
        lead: Months from the origin to the onset, 0 where none falls within the horizon.
        onset: Number of that onset, -1 where none; the same in every slice of the target and catalogue. Rows with one
            number have one outcome, and are one cluster of the bootstrap.
        capital: Number of the capital, the same in every slice.
    """

    episodes: str
    target: str
    horizon: int
    window: str
    risk: Mapping[str, Floats]
    observed: Floats
    lead: Ints
    onset: Ints
    capital: Ints

    @property
    def where(self) -> dict[str, object]:
        """The slice's keys in a score table."""
        return {"episodes": self.episodes, "target": self.target, "horizon": self.horizon, "window": self.window}


def scored_units(path: Path = FOLDER / "units_scored.csv") -> set[str]:
    """Return the units every published score is computed on: the 186 states and territories above 250,000 people."""
    return set(pd.read_csv(path)["iso3"])


def is_scored(rows: LabelledRows) -> Bools:
    """Return whether each row is of a scored unit and of a scored origin, shape (rows,).

    Scored are origins from `SCORED_FROM` to `SCORED_TO` whose twelve months ahead lie inside the catalogue: what it has not
    reached need not have been quiet.
    """
    index, last = rows.origin_index, min(calendar.month_index(SCORED_TO), rows.known_to - MAX_HORIZON)
    inside = (index >= calendar.month_index(SCORED_FROM)) & (index <= last)
    return inside & rows.features["iso3"].isin(scored_units()).to_numpy(bool)


def slices(panel: Panel, backtest: Backtest, outcomes: Mapping[str, dict[str, Outcomes]]) -> Iterator[Slice]:
    """Yield every slice that has rows.

    Args:
        panel: Panel whose units are the backtest's.
        backtest: Hazards of every method to score.
        outcomes: Version of the catalogue -> target -> outcomes.

    Yields:
        Calm rows of the scored units, at origins whose horizons lie inside the catalogue.

    Raises:
        ValueError: The backtest has no scored origin.
    """
    codes = {code: number for number, code in enumerate(panel.iso3)}
    capital = backtest.rows.features["iso3"].map(codes).to_numpy(np.int64)
    index = backtest.rows.origin_index
    inside = is_scored(backtest.rows)
    if not inside.any():
        raise ValueError(
            f"no scored origin in the backtest: it must reach into {SCORED_FROM:%Y-%m}..{SCORED_TO:%Y-%m}, twelve months before "
            f"the catalogue's last month {calendar.month_at(panel.known_to):%Y-%m}"
        )
    rows = {version: label_rows(panel, backtest.rows.features, truth) for version, truth in outcomes.items()}
    for target in TARGETS:
        risk = {name: risks(hazards[target]) for name, hazards in backtest.hazards.items()}
        for version in outcomes:
            first = rows[version].first_onset[target]
            ahead = first <= MAX_HORIZON
            onset = np.full(len(first), -1)
            onset[ahead] = np.unique(
                (capital * (panel.last + MAX_HORIZON + 1) + index + first)[ahead], return_inverse=True
            )[1]
            for window, start in WINDOWS.items():
                used = inside & rows[version].calm[target] & (index >= calendar.month_index(start))
                for horizon in REPORTED_HORIZONS if used.any() else ():
                    hit = first[used] <= horizon
                    yield Slice(
                        version,
                        target,
                        horizon,
                        window,
                        {name: curve[used, horizon - 1] for name, curve in risk.items()},
                        hit.astype(float),
                        np.where(hit, first[used], 0),
                        np.where(hit, onset[used], -1),
                        capital[used],
                    )
