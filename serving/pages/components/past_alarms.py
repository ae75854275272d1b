"""Past alarms and how they ended: runs of months in which a capital was among the most at risk."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar

RATE = 0.05
"""Share of calm capital-months that are an alarm."""


@dataclass(frozen=True)
class Alarm:
    """A run of months with an alarm for one capital."""

    iso3: str
    first: pd.Timestamp
    last: pd.Timestamp
    highest: float
    onset: pd.Timestamp | None
    """First disrupted month within the horizon of one of its months."""
    open: bool
    """Whether the horizon of its last month has not passed yet and nothing has happened."""


def alarms(
    risk: pd.DataFrame, disrupted: Mapping[str, npt.NDArray[np.bool_]], horizon: int, until: int
) -> tuple[list[Alarm], float, tuple[int, int]]:
    """Return the alarms of a table of risks (origin x ISO3, NaN while an episode goes on), newest first; their
    threshold; and how many of the onsets within the horizon of some origin an alarm came before, of how many.

    `disrupted` marks each capital's months by index; `until` is the last one that is known to be calm where unmarked.
    """
    values = risk.to_numpy(float)
    threshold = float(np.nanquantile(values, 1 - RATE))
    months = calendar.month_indices(pd.Series(risk.index))
    found: list[Alarm] = []
    warned, onsets = 0, 0
    for column, iso3 in enumerate(risk.columns):
        marks = disrupted[iso3]
        own = values[:, column]
        alert = own >= threshold
        starts = [
            int(m) for m in np.flatnonzero(marks & ~np.pad(marks[:-1], (1, 0))) if months[0] < m <= months[-1] + 1
        ]
        onsets += len(starts)
        warned += sum(bool(alert[(months >= start - horizon) & (months < start)].any()) for start in starts)
        found += [_alarm(iso3, months[a:b], own[a:b], marks, horizon, until) for a, b in _runs(alert)]
    return sorted(found, key=lambda a: (a.last, a.first, a.iso3), reverse=True), threshold, (warned, onsets)


def _runs(marked: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.pad(marked.astype(int), 1)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _alarm(
    iso3: str,
    months: npt.NDArray[np.int64],
    risk: npt.NDArray[np.float64],
    marks: npt.NDArray[np.bool_],
    horizon: int,
    until: int,
) -> Alarm:
    first, last = int(months[0]), int(months[-1])
    ahead = np.flatnonzero(marks[first + 1 : last + horizon + 1])
    onset = calendar.month_at(first + 1 + int(ahead[0])) if len(ahead) else None
    pending = onset is None and last + horizon > until
    return Alarm(iso3, calendar.month_at(first), calendar.month_at(last), float(risk.max()), onset, pending)
