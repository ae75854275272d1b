"""Differences between methods: exact against themselves, equal to those of the skill table, and surer the more episodes there are."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from training.dataset.folds import Fold
from training.dataset.rows import label_rows
from training.dataset.target import outcomes
from training.evaluation import paired_differences
from training.evaluation.backtest import Backtest
from training.evaluation.paired_differences import against_references, difference_table
from training.evaluation.score_table import pick, skill_table

UNITS = ("MLI", "NER", "TCD", "FRA", "BFA", "CMR", "GAB", "KEN")
EPISODES = [
    ("MLI", "coup", "2020-02", "2020-02", "H"),
    ("NER", "coup", "2020-05", "2020-06", "H"),
    ("TCD", "coup", "2020-03", "2020-03", "H"),
    ("BFA", "coup", "2020-09", "2020-09", "H"),
    ("FRA", "uprising", "2026-01", "2026-01", "H"),
]
ORIGINS = [pd.Timestamp(f"2020-{month:02d}-01") for month in (1, 4, 7)]
KEYS = ["episodes", "target", "horizon", "window", "metric"]


@pytest.fixture(scope="module")
def panel(panel_of: Callable[..., Panel]) -> Panel:
    return panel_of(EPISODES)


@pytest.fixture(scope="module")
def tested(panel: Panel) -> Backtest:
    """Three methods on eight capitals and three origins; `twin` says what `own_history` says."""
    features = pd.DataFrame({"origin": np.repeat(ORIGINS, len(UNITS)), "iso3": UNITS * len(ORIGINS)})
    chance = np.random.default_rng(3)
    said = {name: chance.uniform(0.01, 0.3, (len(features), 12)) for name in ("climatology", "own_history")}
    said["twin"] = said["own_history"].copy()
    hazards = {name: dict.fromkeys(TARGETS, hazard) for name, hazard in said.items()}
    return Backtest(label_rows(panel, features, outcomes(panel)), hazards, tuple(Fold((o,)) for o in ORIGINS))


@pytest.fixture(scope="module")
def table(panel: Panel, tested: Backtest) -> pd.DataFrame:
    return difference_table(panel, tested, {"version_1": outcomes(panel)}, against_references(tested.hazards))


def test_every_method_is_paired_with_every_reference_but_itself() -> None:
    pairs = against_references(["climatology", "own_history", "stack"])
    assert set(pairs) == {
        ("own_history", "climatology"),
        ("stack", "climatology"),
        ("climatology", "own_history"),
        ("stack", "own_history"),
    }


def test_a_method_differs_from_itself_by_exactly_nothing(table: pd.DataFrame) -> None:
    same = pick(table, model="twin", reference="own_history").dropna()
    assert len(same) > 0
    assert (same[["value", "low", "high"]] == 0).all(axis=None)


def test_a_difference_is_that_of_the_skill_table(panel: Panel, tested: Backtest, table: pd.DataFrame) -> None:
    skill = skill_table(panel, tested, {"version_1": outcomes(panel)})
    ours, theirs = (pick(skill, model=name).set_index(KEYS)["value"] for name in ("climatology", "own_history"))
    found = pick(table, model="climatology", reference="own_history").set_index(KEYS)["value"]
    assert set(found.index.get_level_values("metric")) == {
        "log_score",
        "auroc",
        "average_precision",
        "brier_skill_vs_climatology",
    }
    expected = (ours - theirs).reindex(found.index)
    assert found.to_numpy() == pytest.approx(expected.to_numpy(), nan_ok=True)


def test_turning_a_pair_round_turns_the_interval_round(panel: Panel, tested: Backtest) -> None:
    pairs = [("climatology", "own_history"), ("own_history", "climatology")]
    both = difference_table(panel, tested, {"version_1": outcomes(panel)}, pairs)
    there, back = (pick(both, model=model).set_index(KEYS) for model, _ in pairs)
    assert there["low"].to_numpy() == pytest.approx(-back["high"].to_numpy(), nan_ok=True)


def test_the_interval_holds_the_value_and_is_the_same_on_every_run(
    panel: Panel, tested: Backtest, table: pd.DataFrame
) -> None:
    log = pick(table, metric="log_score", target="disruption")
    assert (log["low"] < log["value"])[log["model"] != "twin"].any()
    assert (log["low"] <= log["high"]).all()
    again = difference_table(panel, tested, {"version_1": outcomes(panel)}, against_references(tested.hazards))
    pd.testing.assert_frame_equal(again, table)


def test_where_nothing_happened_there_is_no_ranking_to_compare(table: pd.DataFrame) -> None:
    quiet = pick(table, target="strangulation", metric="auroc")
    assert len(quiet) > 0
    assert quiet[["value", "low", "high"]].isna().all(axis=None)


def test_the_interval_leaves_out_a_fortieth_of_the_draws_at_each_end() -> None:
    assert paired_differences.interval(np.arange(1001.0)) == pytest.approx((25, 975))
    assert paired_differences.interval(np.array([np.nan, *np.arange(1001.0)])) == pytest.approx((25, 975))
