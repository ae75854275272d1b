"""What one line of a score table is computed on: the calm rows of a target, a horizon, a span of origins and a catalogue."""

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
from training.dataset.folds import SCORED_TO, WINDOWS
from training.dataset.rows import label_rows
from training.dataset.target import MAX_HORIZON, Outcomes
from training.evaluation.backtest import Backtest
from training.models.base import risks

REPORTED_HORIZONS = (1, 3, 6, 12)
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Slice:
    """Scored forecasts of every method, one entry a row, and what followed."""

    episodes: str
    """Version of the catalogue they are judged by."""
    target: str
    horizon: int
    window: str
    risk: Mapping[str, Floats]
    """Method -> risk of an onset within the horizon."""
    observed: Floats
    lead: Ints
    """Months from the origin to the onset, 0 where none lies within the horizon."""
    onset: Ints
    """Number of that onset, the same in every slice of the target and catalogue, -1 where none: rows that share one share their fate."""
    capital: Ints
    """Number of the capital, the same in every slice."""

    @property
    def where(self) -> dict[str, object]:
        """The columns of a score table that name this slice."""
        return {"episodes": self.episodes, "target": self.target, "horizon": self.horizon, "window": self.window}


def scored_units(path: Path = FOLDER / "units_scored.csv") -> set[str]:
    """Return the units every published score is computed on: the 186 states and territories above 250,000 people."""
    return set(pd.read_csv(path)["iso3"])


def slices(panel: Panel, backtest: Backtest, truths: Mapping[str, dict[str, Outcomes]]) -> Iterator[Slice]:
    """Yield every slice that has rows: calm rows of the scored units whose whole window lies inside the catalogue.

    Origins are those of `folds.WINDOWS`. Raises ValueError where the backtest reaches no scored origin.
    """
    codes = {code: number for number, code in enumerate(panel.iso3)}
    capital = backtest.rows.features["iso3"].map(codes).to_numpy(np.int64)
    index = backtest.rows.origin_index
    inside = (index >= calendar.month_index(min(WINDOWS.values()))) & (index <= calendar.month_index(SCORED_TO))
    inside &= backtest.rows.features["iso3"].isin(scored_units()).to_numpy()
    if not inside.any():
        raise ValueError(
            f"no scored origin in the backtest: it must reach into {WINDOWS['all']:%Y-%m}..{SCORED_TO:%Y-%m}"
        )
    rows = {version: label_rows(panel, backtest.rows.features, truth) for version, truth in truths.items()}
    for target in TARGETS:
        risk = {name: risks(hazards[target]) for name, hazards in backtest.hazards.items()}
        for version in truths:
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
