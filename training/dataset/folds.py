"""Which origins are evaluated, when models are refitted, and what a refit may know: the one place with such dates."""

from dataclasses import dataclass

import pandas as pd

from data import calendar

FIRST_TRAINING_ORIGIN = pd.Timestamp("1990-01-01")
"""A year of the panel lies behind it, so that yearly windows are full."""
FIRST_BACKTEST_ORIGIN = pd.Timestamp("1999-01-01")
SCORED_FROM, SCORED_TO = pd.Timestamp("1999-12-01"), pd.Timestamp("2024-11-01")
"""Origins of the published score tables; the last has its whole year inside the catalogue."""
TUNED_BEFORE = pd.Timestamp("2010-01-01")
"""Settings may be chosen on origins before this month only."""
WINDOWS = {
    "all": SCORED_FROM,
    "since_2015": pd.Timestamp("2015-01-01"),
    "since_2020": pd.Timestamp("2020-01-01"),
}
LABEL_LAG_MONTHS = 1
"""An outcome counts as published one month after it happened."""
PAST_ORIGINS = 24
"""Origins before the newest one that are published with it, from the rolling backtest."""


@dataclass(frozen=True)
class Fold:
    """A refit at the first of its origins, used for all of them."""

    origins: tuple[pd.Timestamp, ...]

    @property
    def fitted_at(self) -> pd.Timestamp:
        """The origin whose knowledge the fold's models were fitted with."""
        return self.origins[0]

    @property
    def labels_until(self) -> int:
        """Index of the last month whose outcome was published when the fold was fitted."""
        return calendar.month_index(self.fitted_at) - LABEL_LAG_MONTHS


def require_scored_origin(first: pd.Timestamp, last: pd.Timestamp) -> None:
    """Refuse a span of origins of which none is scored: a backtest nobody can judge is not worth its minutes."""
    if first > SCORED_TO or last < SCORED_FROM:
        raise ValueError(
            f"no scored origin between {first:%Y-%m} and {last:%Y-%m}: scores are of {SCORED_FROM:%Y-%m}..{SCORED_TO:%Y-%m}; "
            f"give --from {SCORED_TO:%Y-%m} or earlier and --to {SCORED_FROM:%Y-%m} or later"
        )


def require_tuning_origin(last: pd.Timestamp) -> None:
    """Refuse to choose settings on origins whose scores are reported as if nobody had looked at them."""
    if last >= TUNED_BEFORE:
        raise ValueError(
            f"settings are chosen on origins before {TUNED_BEFORE:%Y-%m} only, got origins up to {last:%Y-%m}: "
            f"later ones are kept for judging; give --to {TUNED_BEFORE - pd.DateOffset(months=1):%Y-%m} or earlier"
        )


def rolling_folds(first: pd.Timestamp, last: pd.Timestamp, years: int = 1) -> list[Fold]:
    """Cut the origins from `first` to `last` into spans of calendar years, one refit each, at the first origin of a span."""
    if last < first:
        raise ValueError(f"no origin between {first:%Y-%m} and {last:%Y-%m}: --to lies before --from")
    if years < 1:
        raise ValueError(f"models cannot be refitted every {years} years: give 1 or more")
    origins = calendar.month_range(first, last)
    spans = sorted({(o.year - first.year) // years for o in origins})
    return [Fold(tuple(o for o in origins if (o.year - first.year) // years == span)) for span in spans]
