"""The skill table on a handful of rows whose scores can be worked out by hand."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from training.dataset.folds import SCORED_TO, Fold
from training.dataset.rows import LabelledRows, label_rows
from training.dataset.target import Outcomes, outcomes
from training.evaluation.backtest import Backtest
from training.evaluation.score_table import calibration_table, pick, skill_table
from training.evaluation.slices import REPORTED_HORIZONS, scored_units

ORIGIN = pd.Timestamp("2020-01-01")
EPISODES = [
    ("MLI", "coup", "2020-02", "2020-02", "H"),
    ("NER", "siege", "2019-12", "2020-01", "H"),
    ("TCD", "fighting", "2020-06", "2020-06", "H"),
    ("FRA", "uprising", "2026-01", "2026-01", "H"),
]
UNITS = ("MLI", "NER", "TCD", "FRA", "TUV")
"""Niger is in an episode; Tuvalu, below 250,000 people, is not scored."""
SAID = {"climatology": [0.1, 0.1, 0.1, 0.1, 0.1], "own_history": [0.5, 0.9, 0.1, 0.1, 0.9]}
"""Hazard of the first month after the origin; nothing after it."""


def backtest_of(panel: Panel, *origins: pd.Timestamp) -> Backtest:
    """Return a backtest in which every method says the same for every target."""
    features = pd.DataFrame({"origin": np.repeat(list(origins), len(UNITS)), "iso3": UNITS * len(origins)})
    hazards = {}
    for name, first_month in SAID.items():
        hazard = np.zeros((len(features), 12))
        hazard[:, 0] = first_month * len(origins)
        hazards[name] = dict.fromkeys(TARGETS, hazard)
    rows: LabelledRows = label_rows(panel, features, outcomes(panel))
    return Backtest(rows, hazards, tuple(Fold((origin,)) for origin in origins))


@pytest.fixture(scope="module")
def table(panel_of: Callable[..., Panel]) -> pd.DataFrame:
    panel = panel_of(EPISODES)
    return skill_table(panel, backtest_of(panel, ORIGIN), {"version_1": outcomes(panel)})


def value(table: pd.DataFrame, metric: str, model: str = "own_history", **where: object) -> float:
    (found,) = pick(
        table, **({"model": model, "metric": metric, "target": "disruption", "horizon": 1, "window": "all"} | where)
    )["value"]
    return float(found)


def test_capitals_in_an_episode_and_units_too_small_are_not_scored(table: pd.DataFrame) -> None:
    assert value(table, "forecasts") == 3  # Mali, Chad and France
    assert value(table, "forecasts", target="seizure") == 4  # Niger's siege leaves its risk of seizure standing


def test_events_are_the_onsets_within_the_horizon(table: pd.DataFrame) -> None:
    assert [value(table, "events", horizon=h) for h in REPORTED_HORIZONS] == [1, 1, 2, 2]
    assert value(table, "base_rate", horizon=6) == pytest.approx(2 / 3)
    assert value(table, "events", target="strangulation") == 0


def test_onsets_count_once_however_many_origins_lie_before_them(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(EPISODES)
    before = pd.Timestamp("2019-11-01")
    found = skill_table(panel, backtest_of(panel, before, ORIGIN), {"version_1": outcomes(panel)})
    # Chad's fighting of 2020-06 is within a year of both origins, Mali's coup too; Niger's siege only of the first
    assert value(found, "events", horizon=12) == 5
    assert value(found, "onsets", horizon=12) == 3


def test_recall_and_lead_follow_the_highest_risk(table: pd.DataFrame) -> None:
    # one alarm among three rows: own history raises Mali, a month before its coup; Chad's fighting had none
    assert value(table, "recall_at_5pct", horizon=6) == 1 / 2
    assert value(table, "onset_recall_at_5pct", horizon=6) == 1 / 2
    assert value(table, "median_lead_months", horizon=6) == 1
    assert np.isnan(value(table, "median_lead_months", target="strangulation"))


def test_scores_are_those_of_the_scored_rows(table: pd.DataFrame) -> None:
    # own history says .5 for Mali, where it happened, and .1 for the two others: ((1/2)^2 + .1^2 + .1^2) / 3
    assert value(table, "brier_score") == pytest.approx(0.27 / 3)
    assert value(table, "brier_score", "climatology") == pytest.approx((0.81 + 0.01 + 0.01) / 3)
    assert value(table, "auroc") == 1
    assert value(table, "auroc", "climatology") == 0.5
    assert value(table, "share_forecast") == pytest.approx(0.7 / 1)


def test_every_skill_names_its_reference(table: pd.DataFrame) -> None:
    assert value(table, "brier_skill_vs_climatology") == pytest.approx(1 - 0.27 / 0.83)
    assert value(table, "brier_skill_vs_climatology", "climatology") == 0
    assert value(table, "brier_skill_vs_own_history", "climatology") == pytest.approx(1 - 0.83 / 0.27)


def test_a_reference_that_was_not_run_gives_no_skill(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(EPISODES)
    made = backtest_of(panel, ORIGIN)
    alone = Backtest(made.rows, {"own_history": made.hazards["own_history"]}, made.folds)
    metrics = set(skill_table(panel, alone, {"version_1": outcomes(panel)})["metric"])
    assert "brier_skill_vs_own_history" in metrics
    assert "brier_skill_vs_climatology" not in metrics


def test_windows_cut_the_origins(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(EPISODES)
    both = backtest_of(panel, pd.Timestamp("2014-12-01"), ORIGIN)
    found = skill_table(panel, both, {"version_1": outcomes(panel)})
    # in 2014 Niger was calm as well: four rows there and three in 2020
    assert [value(found, "forecasts", window=w) for w in ("all", "since_2015", "since_2020")] == [7, 3, 3]


def test_origins_whose_year_the_catalogue_has_not_reached_are_not_scored(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(EPISODES)
    late = calendar.month_at(calendar.month_index(SCORED_TO) + 1)
    truth = {"version_1": outcomes(panel)}
    assert value(skill_table(panel, backtest_of(panel, ORIGIN, late), truth), "forecasts") == 3
    with pytest.raises(ValueError, match=r"no scored origin in the backtest: it must reach into 1999-12..2024-11"):
        skill_table(panel, backtest_of(panel, late), truth)


def test_every_version_of_the_catalogue_is_scored_on_its_own_truth(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(EPISODES)
    other: dict[str, Outcomes] = outcomes(panel.with_episodes(panel.episodes[panel.episodes["iso3"] != "MLI"]))
    found = skill_table(panel, backtest_of(panel, ORIGIN), {"version_1": outcomes(panel), "current": other})
    assert [value(found, "events", episodes=v) for v in ("version_1", "current")] == [1, 0]
    assert np.isnan(value(found, "auroc", episodes="current"))


def test_pick_matches_every_column_named() -> None:
    table = pd.DataFrame({"model": ["a", "a", "b"], "horizon": [1, 3, 1], "value": [0.1, 0.2, 0.3]})
    assert pick(table, model="a", horizon=1)["value"].tolist() == [0.1]
    assert pick(table, model="c").empty


def test_186_units_are_scored() -> None:
    assert len(scored_units()) == 186
    assert {"MLI", "USA"} <= scored_units()


def test_a_method_is_calibrated_where_its_risks_add_up_and_its_curve_lies_near_the_diagonal() -> None:
    said = {3: (1.25, 0.2), 6: (0.79, 0.24), 12: (0.8, 0.25)}
    table = pd.DataFrame(
        [
            ("version_1", model, "seizure", horizon, "since_2020", metric, value)
            for model in ("stack", "logistic")
            for horizon, pair in said.items()
            for metric, value in zip(("share_forecast", "calibration_error_of_base_rate"), pair, strict=True)
        ],
        columns=["episodes", "model", "target", "horizon", "window", "metric", "value"],
    )
    made = calibration_table(table, "stack").set_index("horizon")
    assert made["level_holds"].to_dict() == {3: True, 6: False, 12: True}
    assert made["curve_holds"].to_dict() == {3: True, 6: True, 12: False}


def test_a_table_without_the_method_has_no_calibration() -> None:
    columns = ["episodes", "model", "target", "horizon", "window", "metric", "value"]
    assert calibration_table(pd.DataFrame(columns=columns), "stack").empty
