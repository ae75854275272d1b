"""What happened at a seat of government itself, for the states whose seat has moved."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.contracts.forecasts import KINDS, TARGETS
from data.grid import Grid
from data.panel.marked_months import marked_months
from data.reference_tables import read_capitals

Bools = npt.NDArray[np.bool_]
OF_THE_CITY = tuple(kind for kind in KINDS if kind not in TARGETS["seizure"])
"""Kinds of episode that befall a city; coups, takeovers and uprisings befall the state, whose seat may move."""


@dataclass(frozen=True)
class Seat:
    """One seat of a state whose seat has moved."""

    row: int
    """Of the state among the units."""
    first: int
    last: int
    """Indices of the months in which it is the seat."""
    marks: dict[str, Bools]
    """Kind of the city -> (months,): whether an episode was going on there."""


def moved_seats(grid: Grid, episodes: pd.DataFrame) -> tuple[Seat, ...]:
    """Return every seat of the states whose seat has moved, with the episodes of that city.

    Args:
        grid: units and months of the panel.
        episodes: catalogue with the city of each episode in `capital`; several are separated by a slash.
    """
    if "capital" not in episodes:
        return ()
    spells = read_capitals()
    moved = spells[spells.duplicated("iso3", keep=False) & spells["iso3"].isin(grid.row.keys())]
    return tuple(
        Seat(
            grid.row[spell.iso3],
            calendar.month_index(spell.seat_from),
            grid.months - 1 if pd.isna(spell.seat_to) else calendar.month_index(spell.seat_to),
            _of_city(grid, episodes, spell.iso3, spell.capital),
        )
        for spell in moved.itertuples()
    )


def _of_city(grid: Grid, episodes: pd.DataFrame, iso3: str, city: str) -> dict[str, Bools]:
    cities = episodes["capital"].str.split("/")
    there = (episodes["iso3"] == iso3) & pd.Series([city in named for named in cities], episodes.index, dtype=bool)
    marks = marked_months(Grid([iso3], grid.months), episodes[there])
    return {kind: marks[kind][0] for kind in OF_THE_CITY}
