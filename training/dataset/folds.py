"""Rolling-origin folds: evaluated origins, refits and the embargo on labels. The one place with such dates.

Rolling-origin evaluation: Tashman 2000, doi:10.1016/S0169-2070(00)00065-0.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar

FIRST_TRAINING_ORIGIN = pd.Timestamp("1990-01-01")
"""First origin of a training row: a year of the panel lies before it, so that 12-month windows are complete."""
FIRST_BACKTEST_ORIGIN = pd.Timestamp("1999-01-01")
SCORED_FROM, SCORED_TO = pd.Timestamp("1999-12-01"), pd.Timestamp("2024-11-01")
"""Origins of the published score tables; the twelve months after the last lie inside the catalogue."""
TUNED_BEFORE = pd.Timestamp("2010-01-01")
"""Hyperparameters are chosen on origins before this month only."""
WINDOWS = {
    "all": SCORED_FROM,
    "since_2015": pd.Timestamp("2015-01-01"),
    "since_2020": pd.Timestamp("2020-01-01"),
}
LABEL_LAG_MONTHS = 1
"""Publication lag of an outcome, in months."""
PAST_ORIGINS = 24
"""Origins before the newest one that are published with it, from the rolling-origin backtest."""


@dataclass(frozen=True)
class Fold:
    """Origins forecast by one refit, which is made at the first of them."""

    origins: tuple[pd.Timestamp, ...]

    @property
    def fitted_at(self) -> pd.Timestamp:
        """The origin at which the fold's models are fitted."""
        return self.origins[0]

    @property
    def labels_until(self) -> int:
        """Index of the last month whose outcome was published when the fold was fitted: the embargo."""
        return calendar.month_index(self.fitted_at) - LABEL_LAG_MONTHS

    def evaluates(self, origin_index: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return whether each row, by the month index of its origin, is forecast by this fold."""
        return np.isin(origin_index, [calendar.month_index(o) for o in self.origins])


def require_scored_origin(first: pd.Timestamp, last: pd.Timestamp) -> None:
    """Raise ValueError for a span of origins none of which is scored."""
    if first > SCORED_TO or last < SCORED_FROM:
        raise ValueError(
            f"no scored origin between {first:%Y-%m} and {last:%Y-%m}: scores are of {SCORED_FROM:%Y-%m}..{SCORED_TO:%Y-%m}; "
            f"give --from {SCORED_TO:%Y-%m} or earlier and --to {SCORED_FROM:%Y-%m} or later"
        )


def require_tuning_origin(last: pd.Timestamp) -> None:
    """Raise ValueError where hyperparameters would be chosen on origins reserved for evaluation."""
    if last >= TUNED_BEFORE:
        raise ValueError(
            f"settings are chosen on origins before {TUNED_BEFORE:%Y-%m} only, got origins up to {last:%Y-%m}: "
            f"later ones are reserved for evaluation; give --to {TUNED_BEFORE - pd.DateOffset(months=1):%Y-%m} or earlier"
        )


def rolling_folds(first: pd.Timestamp, last: pd.Timestamp, years: int = 1) -> list[Fold]:
    """Return the folds of the origins from `first` to `last`, one refit per span of calendar years.

    Args:
        first: First origin, a month start.
        last: Last origin, inclusive.
        years: Calendar years between refits.

    Returns:
        Folds in order of time; together they hold every origin once.

    Raises:
        ValueError: `last` lies before `first`, or `years` is below 1.
    """
    if last < first:
        raise ValueError(f"no origin between {first:%Y-%m} and {last:%Y-%m}: --to lies before --from")
    if years < 1:
        raise ValueError(f"models cannot be refitted every {years} years: give 1 or more")
    origins = calendar.month_range(first, last)
    spans = sorted({(o.year - first.year) // years for o in origins})
    return [Fold(tuple(o for o in origins if (o.year - first.year) // years == span)) for span in spans]
