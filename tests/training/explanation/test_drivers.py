"""Themes that raise or lower a risk: what is summed, in which order, in which words."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from features.build import feature_names, features_by_name, group_of
from features.registry import groups
from training.dataset.rows import LabelledRows
from training.explanation.drivers import OTHERS, TOP_FACTS, TOP_GROUPS, by_theme, drivers, explain
from training.explanation.facts.values import in_words
from training.forecasting.forecast import states
from training.models.base import PARTS, HazardModel, Hazards, risks
from training.models.climatology import Climatology
from training.models.registry import CHAMPION

RAISING, LOWERING = groups()[0], groups()[1]
BASE = -14.0
"""ln of an intensity so small that odds, risk and intensity are the same."""


class Weighing(Climatology):
    """A method whose contributions are written down here: a feature counts what it is worth."""

    name = "weighing"
    title = "Weighing"

    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        whole = np.exp(BASE + np.log(2) - np.log(4))
        return {t: np.full((len(features), 12), -np.expm1(-whole)) for t in TARGETS}

    def contributions(self, features: pd.DataFrame, target: str, month_ahead: int) -> pd.DataFrame:
        made = pd.DataFrame(0.0, index=features.index, columns=[*feature_names(), "base"])
        made["base"] = BASE
        first, second, *_ = RAISING.features
        made[first], made[second] = 0.5, np.log(2) - 0.5  # together they double the odds
        made[next(iter(LOWERING.features))] = -np.log(4)
        return made


def features(**going_on: float) -> pd.DataFrame:
    """Return one row of Mali in which every feature is 2 and no episode is going on unless said."""
    row: dict[str, object] = dict.fromkeys(feature_names(), np.float32(2)) | {f"{p}_going_on": 0.0 for p in PARTS}
    return pd.DataFrame([{"origin": pd.Timestamp("2025-08-01"), "iso3": "MLI", "flags": ""} | row | going_on])


@pytest.fixture
def mali(panel: Panel) -> pd.DataFrame:
    return drivers(Weighing(), features(), panel).set_index(["target", "rank"])


def test_features_of_a_theme_are_summed_and_the_strongest_theme_comes_first(mali: pd.DataFrame) -> None:
    first, second = mali.loc[("seizure", 1)], mali.loc[("seizure", 2)]
    assert (first["group"], second["group"]) == (LOWERING.name, RAISING.name)
    # -ln 4 is further from 0 than .5 + (ln 2 - .5) = ln 2
    assert first["contribution"] == pytest.approx(-np.log(4), abs=1e-4)
    assert second["contribution"] == pytest.approx(np.log(2), abs=1e-4)


def test_a_sentence_says_how_many_times_the_usual_odds_and_which_feature_does_most_of_it(
    mali: pd.DataFrame,
) -> None:
    # both features count events within 5 km of the worst corridor, of which the panel knows nothing
    assert mali.loc[("seizure", 2), "sentence"] == (
        "Pressure on the supply corridors: 2 times the usual odds, above all events within 5 km of its supply corridors "
        "not reported (2 times)."
    )
    assert ": 0.25 times the usual odds, above all " in mali.loc[("seizure", 1), "sentence"]


def test_a_feature_nobody_reported_is_said_to_be_so() -> None:
    assert in_words(features_by_name()["population"], np.nan) == ("population", "not reported")


def test_a_value_is_told_in_the_unit_of_its_sentence() -> None:
    # the feature is 2 on the scale ln(1 + events): e^2 - 1 = 6.4 events
    assert in_words(next(iter(RAISING.features.values())), 2.0)[1] == "6.4"


def test_a_feature_that_marks_something_is_told_as_yes_or_no() -> None:
    assert in_words(features_by_name()["landlocked"], 1.0) == ("whether the state has no sea coast", "yes")
    assert in_words(features_by_name()["landlocked"], 0.0) == ("whether the state has no sea coast", "no")


def test_a_target_going_on_has_no_drivers(panel: Panel) -> None:
    made = drivers(Weighing(), features(strangulation_going_on=1.0), panel)
    assert set(made["target"]) == {"fighting", "seizure"}


def test_nothing_calm_gives_an_empty_table_with_the_same_columns(panel: Panel) -> None:
    none = drivers(Weighing(), features(**{f"{p}_going_on": 1.0 for p in PARTS}), panel)
    assert none.empty
    assert list(none.columns) == list(drivers(Weighing(), features(), panel).columns)


def test_a_method_that_cannot_explain_itself_says_whom_to_ask(
    fitted: Callable[[str], HazardModel], panel: Panel
) -> None:
    with pytest.raises(TypeError, match="climatology does not explain disruption; ask the champion"):
        drivers(fitted("climatology"), features(), panel)


@pytest.fixture
def explained(fitted: Callable[[str], HazardModel], few: LabelledRows, starter: Panel) -> pd.DataFrame:
    return drivers(fitted(CHAMPION), few.features.tail(6), starter)


def test_facts_of_a_theme_add_up_to_its_contribution(explained: pd.DataFrame) -> None:
    whole = [sum(fact["contribution"] for fact in facts) for facts in explained["facts"]]
    np.testing.assert_allclose(whole, explained["contribution"], atol=1e-9)
    named = [[fact["text"] for fact in facts if fact["text"] != OTHERS] for facts in explained["facts"]]
    assert all(1 <= len(texts) == len(set(texts)) <= TOP_FACTS for texts in named)


def test_no_driver_is_printed_as_one_times_the_odds(explained: pd.DataFrame) -> None:
    assert not [f for f in explained["contribution"] if f"{np.exp(f):.2g}" == "1"]
    assert not explained["sentence"].str.contains(r"(?:^|[ (])1(?:\.0)? times", regex=True).any()


def test_the_champion_explains_every_calm_row(explained: pd.DataFrame) -> None:
    made = explained
    assert (made.groupby(["origin", "iso3", "target"])["rank"].max() <= min(TOP_GROUPS, len(groups()))).all()
    assert not made.empty
    strength = made["contribution"].abs()
    assert (strength.groupby([made["origin"], made["iso3"], made["target"]]).diff().dropna() <= 1e-12).all()
    assert np.isfinite(made["contribution"].astype(float)).all()
    assert set(made["group"]) <= {g.name for g in group_of().values()}
    pattern = r"^[A-Z].*: [0-9.e+-]+ times the usual odds, above all .+\.$"
    assert made["sentence"].str.match(pattern).all()


@given(chosen=st.data())
def test_base_themes_and_coherence_adjustment_add_up_to_the_log_odds_of_the_risk(
    chosen: st.DataObject, fitted: Callable[[str], HazardModel], few: LabelledRows
) -> None:
    model = fitted(CHAMPION)
    target = chosen.draw(st.sampled_from(list(TARGETS)))
    horizon = chosen.draw(st.integers(1, 12))
    at = chosen.draw(st.lists(st.integers(0, len(few.features) - 1), min_size=1, max_size=4))
    rows = few.features.iloc[at].reset_index(drop=True)
    calm = ~states(rows)[target]
    found = explain(model, rows, target, [horizon])[horizon]
    risk = risks(model.hazards(rows)[target])[:, horizon - 1]
    whole = found.base + by_theme(found.parts).sum(axis=1).to_numpy() + found.coherence_adjustment
    np.testing.assert_allclose(whole, np.log(risk / (1 - risk)), atol=1e-9)
    if target == "disruption":  # nothing is adjusted: the sum is exact but for single precision inside the trees
        np.testing.assert_allclose(found.coherence_adjustment[calm], 0, atol=1e-4)
    else:
        assert (found.coherence_adjustment[calm] < 1e-4).all()


@pytest.mark.parametrize("name", ["history_by_kind", "logistic", "kernel_logistic", "hazard_xgboost"])
@pytest.mark.parametrize("month", [1, 7])
def test_contributions_of_a_method_add_up_to_its_own_intensity(
    name: str, month: int, fitted: Callable[[str], HazardModel], few: LabelledRows
) -> None:
    model, rows = fitted(name), few.features.tail(40)
    for target, hazard in model.raw_hazards(rows).items():
        whole = model.contributions(rows, target, month).sum(axis=1)
        np.testing.assert_allclose(whole, np.log(-np.log1p(-hazard[:, month - 1])), atol=1e-4)
