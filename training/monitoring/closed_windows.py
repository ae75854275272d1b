"""Closed windows of published forecasts, with the outcomes and the number of events their own hazards imply."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.panel.panel import Panel
from training.dataset.target import Outcomes, outcomes
from training.evaluation.slices import REPORTED_HORIZONS

Ints = npt.NDArray[np.int64]

DRAWS = 1000
KEYS = ["origin", "iso3", "target", "horizon"]


@dataclass(frozen=True)
class ClosedWindows:
    """Forecasts of one kind, target and horizon whose window has closed.

    Attributes:
        rows: Published rows, with a column of risks for each reference, NaN where the backtest lacks the origin.
        onset: Number of the onset within the window, -1 where none, shape (rows,).
        capital: Number of the capital, shape (rows,).
        simulated: Events in each draw under the forecasts' own hazards, shape (`DRAWS`,).
    """

    rows: pd.DataFrame
    onset: Ints
    capital: Ints
    simulated: Ints


def closed_windows(
    panel: Panel, rows: pd.DataFrame, target: str, references: pd.DataFrame, seed: int
) -> Iterator[tuple[int, ClosedWindows]]:
    """Yield each reported horizon that has closed windows, with onsets simulated once for all horizons.

    Onsets are simulated month by month, each capital-month with the hazard of the newest forecast before it, so that
    overlapping windows share onsets in the draws as they do in the world.

    Args:
        panel: Panel with the outcomes.
        rows: Published rows of one kind and target.
        target: Target of the rows.
        references: Columns `KEYS` and one column of risks per reference.
        seed: Seed of the draws.

    Yields:
        Horizon in months, and its closed windows.
    """
    number = {code: i for i, code in enumerate(panel.iso3)}
    rows = rows[rows["iso3"].isin(number)]
    start = int(calendar.month_indices(rows["origin"]).min())
    counts = _simulated_onsets(rows, number, start, seed)
    truth = outcomes(panel)[target]
    for horizon in REPORTED_HORIZONS:
        at = rows[(rows["horizon"] == horizon) & rows["risk"].notna()]
        at = at[calendar.month_indices(at["origin"]) + horizon <= truth.until]
        if at.empty:
            continue
        index, unit = calendar.month_indices(at["origin"]), at["iso3"].map(number).to_numpy()
        inside = counts[:, unit, index - start + horizon] > counts[:, unit, index - start]
        joined = at.merge(references, on=KEYS, how="left")
        yield horizon, ClosedWindows(joined, _onsets(truth, unit, index, horizon), unit, inside.sum(axis=1))


def _simulated_onsets(rows: pd.DataFrame, number: dict[str, int], start: int, seed: int) -> npt.NDArray[np.int16]:
    """Return cumulative simulated onsets, shape (draws, units, months since `start`)."""
    hazard = _newest_hazards(rows, number, start)
    onset = np.random.default_rng(seed).random((DRAWS, *hazard.shape), dtype=np.float32) < hazard
    return np.cumsum(onset, axis=2, dtype=np.int16)


def _newest_hazards(rows: pd.DataFrame, number: dict[str, int], start: int) -> npt.NDArray[np.float32]:
    """Return hazards from the newest calm origin before each month, shape (units, months since `start`); 0 without one."""
    last = int(calendar.month_indices(rows["origin"]).max()) + calendar.HORIZONS[-1]
    hazard = np.zeros((len(number), last - start + 1), np.float32)
    ordered = rows[rows["hazard"].notna()].sort_values("origin", kind="stable")
    month = calendar.month_indices(ordered["origin"]) - start + ordered["horizon"].to_numpy()
    hazard[ordered["iso3"].map(number).to_numpy(), month] = ordered["hazard"].to_numpy()
    return hazard


def _onsets(truth: Outcomes, unit: Ints, index: Ints, horizon: int) -> Ints:
    origins, place = np.unique(index, return_inverse=True)
    ahead = truth.first_onset(origins)[unit, place]
    month = unit * (truth.ongoing.shape[1] + horizon + 1) + index + ahead
    return np.where(ahead <= horizon, np.unique(month, return_inverse=True)[1], -1)
