"""Rolling origins on a part of the starter panel: what a fold may know, and the rows that are written."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data import calendar
from data.contracts.forecasts import BACKTEST, TARGETS
from training.dataset.folds import Fold, rolling_folds
from training.dataset.rows import LabelledRows
from training.evaluation.backtest import Backtest, run_backtest
from training.evaluation.backtest_table import forecast_rows, write_forecast_rows
from training.forecasting.forecast import Provenance

PROVENANCE = Provenance("backtest", pd.Timestamp("2026-11-01"), "test.1")
UNTIL = calendar.month_index(pd.Timestamp("2009-06-01"))
"""The catalogue is taken to end here, in the middle of the second fold's windows."""


@pytest.fixture(scope="module")
def rows(rows_between: Callable[..., LabelledRows]) -> LabelledRows:
    return rows_between("2004-01", "2008-12", every=2)


@pytest.fixture(scope="module")
def folds() -> list[Fold]:
    odd = [
        tuple(o for o in f.origins if o.month % 2)
        for f in rolling_folds(pd.Timestamp("2007-01"), pd.Timestamp("2008-12"))
    ]
    return [Fold(origins) for origins in odd]


@pytest.fixture(scope="module")
def tested(rows: LabelledRows, folds: list[Fold]) -> Backtest:
    return run_backtest(rows, folds, ["climatology", "own_history"])


def with_other_outcomes_after(rows: LabelledRows, month: int) -> LabelledRows:
    """Return rows in which everything that happened after a month is another: onsets where none were, and none where some were."""
    room = month - rows.origin_index
    changed = {}
    for target, first in rows.first_onset.items():
        happened_later = first > room
        other = np.where(first == 13, np.clip(room + 1, 1, 12), 13)
        changed[target] = np.where(happened_later, np.where(other > room, other, 13), first)
    return replace(rows, first_onset=changed)


def test_every_origin_of_the_folds_is_forecast_once_and_no_other(tested: Backtest, folds: list[Fold]) -> None:
    evaluated = tested.rows.features["origin"]
    assert sorted(evaluated.unique()) == [o for f in folds for o in f.origins]
    assert all(h.shape == (len(evaluated), 12) for hazards in tested.hazards.values() for h in hazards.values())


def test_a_fold_is_blind_to_what_happened_after_its_labels_were_cut(
    rows: LabelledRows, folds: list[Fold], tested: Backtest
) -> None:
    for fold in folds:
        other = with_other_outcomes_after(rows, fold.labels_until)
        assert any((other.first_onset[t] != rows.first_onset[t]).mean() > 0.05 for t in TARGETS)
        again = run_backtest(other, [fold], ["own_history"])
        mine = tested.rows.features["origin"].isin(fold.origins).to_numpy()
        for target in TARGETS:
            assert (again.hazards["own_history"][target] == tested.hazards["own_history"][target][mine]).all()


def test_a_fold_learns_from_what_happened_before(rows: LabelledRows, folds: list[Fold], tested: Backtest) -> None:
    fold = folds[0]
    other = with_other_outcomes_after(rows, fold.labels_until - 6)
    again = run_backtest(other, [fold], ["own_history"])
    mine = tested.rows.features["origin"].isin(fold.origins).to_numpy()
    assert (again.hazards["own_history"]["disruption"] != tested.hazards["own_history"]["disruption"][mine]).all()


def test_no_evaluated_origin_is_in_its_own_training_rows(rows: LabelledRows, folds: list[Fold]) -> None:
    for fold in folds:
        known = rows.known_at(fold.labels_until)
        assert len(known.features) > 0
        assert not set(known.features["origin"]) & set(fold.origins)
        assert known.origin_index.max() < fold.labels_until < calendar.month_index(fold.fitted_at)


def test_a_refit_knows_more_than_the_one_before(tested: Backtest, folds: list[Fold]) -> None:
    calm = tested.rows.calm["disruption"]
    first, second = (tested.rows.features["origin"].isin(f.origins).to_numpy() & calm for f in folds)
    rates = tested.hazards["climatology"]["disruption"]
    assert (rates[first] == rates[first][0]).all()
    assert (rates[second] == rates[second][0]).all()
    assert (rates[first][0] != rates[second][0]).all()


def test_risk_is_cumulative_by_horizon(tested: Backtest) -> None:
    monthly = tested.hazards["climatology"]["seizure"][0]
    assert tested.risk("climatology", "seizure", 1)[0] == pytest.approx(monthly[0])
    assert tested.risk("climatology", "seizure", 3)[0] == pytest.approx(1 - np.prod(1 - monthly[:3]))


def test_a_stack_reports_its_members_too(rows: LabelledRows, folds: list[Fold]) -> None:
    few = rows.take(np.arange(len(rows.features)) % 5 == 0)
    names = set(run_backtest(few, folds[:1], ["stack"]).hazards)
    assert "stack" in names
    assert len(names) >= 3


def test_an_unknown_method_is_refused_before_anything_is_fitted(rows: LabelledRows, folds: list[Fold]) -> None:
    with pytest.raises(ValueError, match=r"unknown model 'oracle': choose one of .*climatology"):
        run_backtest(rows, folds, ["oracle"])


def test_progress_counts_the_folds(rows: LabelledRows, folds: list[Fold]) -> None:
    seen: list[tuple[str, int, int]] = []
    run_backtest(rows, folds, ["climatology"], lambda *step: seen.append(step))
    assert [(done, of) for _, done, of in seen] == [(0, 2), (1, 2), (2, 2)]
    assert all(stage.startswith("backtest") for stage, *_ in seen)


def test_rows_say_what_happened_and_leave_open_windows_open(tested: Backtest) -> None:
    table = pd.concat(forecast_rows(tested, PROVENANCE, UNTIL))
    keys = ["origin", "iso3", "target", "horizon"]
    mali = table[(table["model"] == "own_history") & (table["target"] == "seizure")].set_index(keys)
    # Guinea's coup of December 2008: decided from 2008-11 on, though the catalogue ends before a year has passed
    guinea = mali.xs(("GIN", "seizure"), level=("iso3", "target"))["observed"]
    assert guinea[pd.Timestamp("2008-11-01")].tolist() == [1.0] * 12
    assert guinea[pd.Timestamp("2008-07-01")].tolist() == [0.0] * 4 + [1.0] * 8
    # the catalogue is taken to end in 2009-06, seven months after 2008-11
    france = mali.xs(("FRA", "seizure"), level=("iso3", "target"))["observed"]
    assert france[pd.Timestamp("2008-11-01")].notna().tolist() == [True] * 7 + [False] * 5


def test_rows_of_every_method_obey_the_contract_and_a_row_in_an_episode_has_no_outcome(tested: Backtest) -> None:
    tables = list(forecast_rows(tested, PROVENANCE, UNTIL))
    assert len(tables) == 2 * 2  # methods, folds
    table = pd.concat(tables, ignore_index=True)
    BACKTEST.validate(table)
    assert len(table) == 2 * len(tested.rows.features) * len(TARGETS) * 12
    assert table.loc[~table["calm"], "observed"].isna().all()
    assert ((table["state"] == "calm") == table["calm"]).all()
    assert table.loc[table["calm"], "risk"].notna().all()


def test_written_rows_read_back_the_same_within_float32(tested: Backtest, tmp_path: Path) -> None:
    path = tmp_path / "forecasts.parquet"
    count = write_forecast_rows(forecast_rows(tested, PROVENANCE, UNTIL), path)
    read = pd.read_parquet(path)
    made = pd.concat(forecast_rows(tested, PROVENANCE, UNTIL), ignore_index=True)
    assert count == len(read) == len(made)
    for column in ("risk", "hazard", "observed"):
        assert np.allclose(read[column].to_numpy(float), made[column].to_numpy(), rtol=1e-6, equal_nan=True)
    for column in ("origin", "iso3", "target", "horizon", "state", "model", "flags"):
        assert (read[column].astype(made[column].dtype) == made[column]).all()
    assert list(tmp_path.iterdir()) == [path]


def test_a_backtest_without_rows_is_an_error_that_says_what_to_check(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no forecast: check --from and --to"):
        write_forecast_rows(iter(()), tmp_path / "forecasts.parquet")
    assert not list(tmp_path.iterdir())
