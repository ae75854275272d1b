"""Which origins share a refit, and what a refit may know."""

import pandas as pd
import pytest

from data import calendar
from training.dataset.folds import FIRST_BACKTEST_ORIGIN, SCORED_FROM, SCORED_TO, TUNED_BEFORE, Fold, rolling_folds


def month(text: str) -> pd.Timestamp:
    return calendar.parse_month(text)


def test_origins_are_cut_into_calendar_years() -> None:
    folds = rolling_folds(month("2019-11"), month("2021-02"))
    spans = [(f"{f.origins[0]:%Y-%m}", f"{f.origins[-1]:%Y-%m}", len(f.origins)) for f in folds]
    assert spans == [("2019-11", "2019-12", 2), ("2020-01", "2020-12", 12), ("2021-01", "2021-02", 2)]


def test_every_origin_is_evaluated_once() -> None:
    origins = [o for f in rolling_folds(FIRST_BACKTEST_ORIGIN, month("2026-10")) for o in f.origins]
    assert origins == calendar.month_range(FIRST_BACKTEST_ORIGIN, month("2026-10"))


def test_one_origin_is_one_fold() -> None:
    assert rolling_folds(month("2020-05"), month("2020-05")) == [Fold((month("2020-05"),))]


def test_a_fold_is_fitted_at_its_first_origin_with_the_labels_of_the_month_before() -> None:
    fold = Fold((month("2020-01"), month("2020-02")))
    assert fold.fitted_at == month("2020-01")
    # an outcome counts as published one month after it happened: at 2020-01 that of 2019-12 is out
    assert calendar.month_at(fold.labels_until) == month("2019-12")


def test_an_end_before_the_beginning_is_refused() -> None:
    with pytest.raises(ValueError, match="no origin between 2020-05 and 2020-04: --to lies before --from"):
        rolling_folds(month("2020-05"), month("2020-04"))


def test_settings_were_chosen_before_the_later_half_of_the_scored_origins() -> None:
    assert SCORED_FROM < TUNED_BEFORE < SCORED_TO
    assert (month("1999-12"), month("2024-11")) == (SCORED_FROM, SCORED_TO)
