"""Rows of the starter panel small enough to fit every method on."""

import os
from collections.abc import Callable, Sequence
from functools import cache

import pandas as pd
import pytest
from hypothesis import settings

from data import calendar
from data.panel.panel import Panel
from features.build import build
from training.dataset.rows import LabelledRows, label_rows
from training.dataset.target import outcomes
from training.models.base import HazardModel
from training.models.registry import method

os.environ.setdefault(
    "CHOKEPOINT_THREADS", "1"
)  # a second thread waits for a busy core, and makes trees ten times slower
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def rows_between(starter: Panel) -> Callable[..., LabelledRows]:
    """Build the starter panel's rows of every n-th origin between two months."""

    def made(first: str, last: str, every: int = 1) -> LabelledRows:
        origins: Sequence[pd.Timestamp] = calendar.month_range(pd.Timestamp(first), pd.Timestamp(last))[::every]
        return label_rows(starter, build(starter, origins), outcomes(starter))

    return made


FEW_UNTIL = calendar.month_index(pd.Timestamp("2005-01-01"))
"""Labels of the small rows are published up to here."""


@pytest.fixture(scope="session")
def few(starter: Panel, rows_between: Callable[..., LabelledRows]) -> LabelledRows:
    """Capitals with a past and every ninth without, at every third origin of 1990-2004: enough for trees to split on."""
    rows = rows_between("1990-01", "2004-10", every=3)
    kept = {*starter.episodes["iso3"], *starter.iso3[::9]}
    return rows.take(rows.features["iso3"].isin(kept).to_numpy())


@pytest.fixture(scope="session")
def fitted(few: LabelledRows) -> Callable[[str], HazardModel]:
    """Fit a method on the small rows, once a session."""
    return cache(lambda name: method(name)().fit(few, FEW_UNTIL))
