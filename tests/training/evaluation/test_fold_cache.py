"""A fold goes by another name as soon as anything it learns from or forecasts is another, and by the same where nothing is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.contracts.forecasts import TARGETS
from training.dataset.folds import Fold
from training.dataset.rows import LabelledRows
from training.evaluation.fold_cache import fold_key, row_digests

ORIGINS = [pd.Timestamp(f"2020-{month:02d}-01") for month in (1, 2, 3, 4)]
FOLD = Fold((ORIGINS[2],))


def rows(first_onset: list[int] | None = None, deaths: list[float] | None = None) -> LabelledRows:
    """One capital at four origins; the fold of 2020-03 learns from the first two."""
    index = np.array([372, 373, 374, 375]) + FOLD.labels_until - 373
    features = pd.DataFrame({"origin": ORIGINS, "iso3": "MLI", "country_deaths_1m": deaths or [1.0, 2.0, 3.0, 4.0]})
    onset = np.array(first_onset or [13, 13, 13, 13])
    return LabelledRows(features, dict.fromkeys(TARGETS, np.ones(4, bool)), dict.fromkeys(TARGETS, onset), index)


def name(made: LabelledRows, fold: Fold = FOLD, methods: tuple[str, ...] = ("climatology",)) -> str:
    return fold_key(made, row_digests(made), fold, methods)


def test_the_same_rows_give_the_same_name_whatever_comes_after_them() -> None:
    longer = rows()
    shorter = rows().take(np.array([0, 1, 2]))
    assert name(longer) == name(shorter) == name(rows(deaths=[1.0, 2.0, 3.0, 99.0]))


def test_an_outcome_that_was_not_published_yet_changes_nothing_and_one_that_was_does() -> None:
    # labels reach one month beyond the first origin and none beyond the second
    assert name(rows([2, 1, 13, 13])) == name(rows())
    assert name(rows([1, 13, 13, 13])) != name(rows())


@pytest.mark.parametrize("deaths", [[9.0, 2.0, 3.0, 4.0], [1.0, 2.0, 9.0, 4.0]])
def test_a_revised_feature_it_learns_from_or_forecasts_gives_another_name(deaths: list[float]) -> None:
    assert name(rows(deaths=deaths)) != name(rows())


def test_other_methods_and_another_catalogues_end_give_another_name() -> None:
    assert name(rows(), methods=("own_history",)) != name(rows())
    assert name(replace(rows(), known_to=FOLD.labels_until - 1)) != name(rows())
    assert name(replace(rows(), known_to=FOLD.labels_until + 1)) == name(rows())
