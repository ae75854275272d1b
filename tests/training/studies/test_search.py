"""The search for settings: on old origins only, resumable without repeating a trial, and nothing is tried in secret."""

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from optuna.trial import TrialState

from data.contracts.forecasts import TARGETS
from data.settings import settings
from training.dataset.folds import Fold, require_tuning_origin
from training.dataset.rows import LabelledRows
from training.evaluation.log_losses import CELLS, LogLosses
from training.evaluation.scores import log_score
from training.evaluation.slices import scored_units
from training.models.base import risks
from training.models.registry import method
from training.studies.search import Forecasts, Search, complete_trials, forecaster, run_search, trial_losses
from training.tracking import study_runs

FOLDS = (Fold((pd.Timestamp("2002-01-01"),)), Fold((pd.Timestamp("2003-01-01"), pd.Timestamp("2003-07-01"))))
SEARCH = Search("own_history", FOLDS, seed=1, vintage="test.1")


@pytest.fixture(scope="module")
def forecasts(few: LabelledRows) -> Forecasts:
    return forecaster(SEARCH, few, lambda *_: None)


class Killed(BaseException):
    """Stands for a process that ends in the middle of a trial."""


def test_settings_may_not_be_chosen_on_reported_origins() -> None:
    require_tuning_origin(pd.Timestamp("2009-12-01"))
    with pytest.raises(ValueError, match=r"origins before 2010-01 only, got origins up to 2010-01.*give --to 2009-12"):
        require_tuning_origin(pd.Timestamp("2010-01-01"))


def test_settings_belong_to_one_instance_and_unknown_ones_are_refused() -> None:
    changed = method("hazard_xgboost")().with_settings({"eta": 0.1})
    assert changed.chosen()["eta"] == 0.1
    assert method("hazard_xgboost")().chosen()["eta"] != 0.1
    with pytest.raises(ValueError, match="kernel_logistic has no setting eta: choose from width, "):
        method("kernel_logistic")().with_settings({"eta": 0.1})
    with pytest.raises(ValueError, match="climatology has no setting to search"):
        _ = Search("climatology", FOLDS, 0, "test.1").ranges


def test_settings_in_force_lie_within_the_ranges_searched() -> None:
    for name in ("hazard_xgboost", "kernel_logistic", "logistic", "history_by_kind", "stack"):
        model = method(name)()
        assert all(
            model.searched[key].low <= value <= model.searched[key].high for key, value in model.chosen().items()
        )


def test_losses_of_folds_add_up_to_the_log_score_of_all(few: LabelledRows, forecasts: Forecasts) -> None:
    parts = list(forecasts(SEARCH.in_force))
    total = sum((LogLosses.of(*part) for part in parts), LogLosses.zero())
    target, horizon = CELLS[2]
    assert (target, horizon) == ("disruption", 6)
    risk, hit = [], []
    for rows, hazards in parts:
        used = rows.calm[target] & rows.features["iso3"].isin(scored_units()).to_numpy()
        risk.append(risks(hazards[target])[used, horizon - 1])
        hit.append((rows.first_onset[target][used] <= horizon).astype(float))
    assert total.by_cell()[2] == pytest.approx(log_score(np.concatenate(risk), np.concatenate(hit)))
    assert total.mean() == pytest.approx(np.mean(total.by_cell()))


def test_a_killed_search_goes_on_as_if_it_had_not_been_killed(forecasts: Forecasts, tmp_path: Path) -> None:
    straight = run_search(SEARCH, forecasts, 5, tmp_path / "straight.db")
    calls = 0

    def dies_in_the_fourth_trial(given: dict[str, float]) -> object:
        nonlocal calls
        calls += 1
        for number, part in enumerate(forecasts(given)):
            if calls == 4 and number == 1:
                raise Killed
            yield part

    with pytest.raises(Killed):
        run_search(SEARCH, dies_in_the_fourth_trial, 5, tmp_path / "killed.db")
    resumed = run_search(SEARCH, dies_in_the_fourth_trial, 5, tmp_path / "killed.db")
    assert calls == 6
    assert [t.params for t in resumed] == [t.params for t in straight]
    assert [t.value for t in resumed] == pytest.approx([t.value for t in straight])
    assert resumed[0].params == SEARCH.in_force
    assert run_search(SEARCH, dies_in_the_fourth_trial, 5, tmp_path / "killed.db") == resumed
    assert calls == 6
    best = complete_trials(resumed)[0]
    assert trial_losses(best).mean() == pytest.approx(best.value)


def test_a_hopeless_trial_is_pruned_after_its_first_fold(forecasts: Forecasts, tmp_path: Path) -> None:
    folds = []

    def worse_from_the_tenth_on(given: dict[str, float]) -> object:
        folds.append(0)
        for rows, hazards in forecasts(given):
            folds[-1] += 1
            yield rows, ({t: np.full_like(h, 0.9) for t, h in hazards.items()} if len(folds) >= 10 else hazards)

    done = run_search(SEARCH, worse_from_the_tenth_on, 10, tmp_path / "trials.db")
    assert done[-1].state == TrialState.PRUNED
    assert folds[-1] == 1
    assert done[-1] not in complete_trials(done)


def test_two_searches_at_once_are_refused(forecasts: Forecasts, tmp_path: Path) -> None:
    def starts_another(given: dict[str, float]) -> object:
        run_search(SEARCH, forecasts, 1, tmp_path / "trials.db")
        yield from forecasts(given)

    with pytest.raises(ValueError, match="another search is running on"):
        run_search(SEARCH, starts_another, 1, tmp_path / "trials.db")


def test_the_stack_is_searched_by_pooling_its_members_anew(few: LabelledRows, tmp_path: Path) -> None:
    search = Search("stack", FOLDS[1:], seed=0, vintage="test.1")
    tried = forecaster(search, few, lambda *_: None)
    (here, prior), (_, trees) = (next(tried(given)) for given in (search.in_force, {"weight_of_trees": 1.0}))
    assert set(prior) == set(TARGETS)
    assert prior["disruption"].shape == (len(here.features), 12)
    assert (prior["disruption"] != trees["disruption"]).any()


def test_a_search_is_one_run_with_a_child_for_each_trial_however_often_it_is_recorded(
    forecasts: Forecasts, tmp_path: Path, home: Path
) -> None:
    runs = set()

    def record(trials: list[object]) -> None:
        what = {"tags": {"model": "own_history"}, "metrics": {"trials": float(len(trials))}, "tables": {}}
        runs.add(study_runs.record_search(SEARCH.key, "A search.", trials, **what))

    done = run_search(SEARCH, forecasts, 3, tmp_path / "trials.db", ended=record)
    record(done)
    (parent,) = runs
    client = mlflow.MlflowClient(settings().tracking_uri)
    run = client.get_run(parent)
    assert (run.data.metrics["trials"], run.info.status) == (3.0, "FINISHED")
    children = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent}'")
    assert sorted(child.data.tags["trial"] for child in children) == ["0", "1", "2"]
    for child in children:
        trial = done[int(child.data.tags["trial"])]
        assert child.data.metrics["mean_log_score"] == pytest.approx(trial.value)
        assert {name: float(value) for name, value in child.data.params.items()} == pytest.approx(trial.params)
