"""What every method must give, whatever it is made of: hazards, coherent risks, files that read back the same."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import calendar
from data.contracts.forecasts import TARGETS
from features.build import feature_names
from training.dataset.rows import LabelledRows
from training.evaluation.scores import auroc
from training.models import registry
from training.models.base import COLUMNS, LARGEST_HAZARD, PARTS, HazardModel, coherent, read_json, risks
from training.models.hazard_xgboost import HazardXgboost
from training.models.registry import CHAMPION, load_model, method, methods, save_model
from training.models.stack import Stack

Fitted = Callable[[str], HazardModel]
every_method = pytest.mark.parametrize("name", sorted(methods()))


@pytest.fixture(scope="module")
def asked(few: LabelledRows) -> pd.DataFrame:
    """Rows of the newest small origins, some in an episode."""
    rows = few.features.tail(100).reset_index(drop=True)
    assert (rows["strangulation_going_on"] > 0).any() or (rows["fighting_going_on"] > 0).any()
    return rows


def going_on(features: pd.DataFrame) -> np.ndarray:
    return (features[[f"{part}_going_on" for part in PARTS]] > 0).any(axis=1).to_numpy()


@every_method
def test_hazards_of_every_target_lie_between_0_and_1_for_twelve_months(
    fitted: Fitted, asked: pd.DataFrame, name: str
) -> None:
    made = fitted(name).hazards(asked)
    assert set(made) == set(TARGETS)
    for hazard in made.values():
        assert hazard.shape == (len(asked), 12)
        assert ((hazard > 0) & (hazard < 1)).all()


@every_method
def test_a_frame_of_features_alone_gives_the_same_hazards_as_one_with_keys(
    fitted: Fitted, asked: pd.DataFrame, name: str
) -> None:
    alone = pd.DataFrame(asked[feature_names()].to_numpy(np.float32), columns=COLUMNS)
    expected = fitted(name).hazards(asked)
    for target, hazard in fitted(name).hazards(alone).items():
        assert np.array_equal(hazard, expected[target])


@every_method
def test_risks_rise_with_the_horizon(fitted: Fitted, asked: pd.DataFrame, name: str) -> None:
    for hazard in fitted(name).hazards(asked).values():
        assert (np.diff(risks(hazard), axis=1) > 0).all()


@every_method
def test_no_part_lies_above_disruption_where_the_capital_is_calm(
    fitted: Fitted, asked: pd.DataFrame, name: str
) -> None:
    made = fitted(name).hazards(asked)
    calm = ~going_on(asked)
    for part in PARTS:
        assert (made[part][calm] <= made["disruption"][calm]).all()
        assert (risks(made[part])[calm] <= risks(made["disruption"])[calm]).all()


@every_method
def test_in_an_episode_the_other_targets_keep_the_hazard_the_method_gave_them(
    fitted: Fitted, asked: pd.DataFrame, name: str
) -> None:
    made, raw = fitted(name).hazards(asked), fitted(name).raw_hazards(asked)
    busy = going_on(asked)
    assert busy.any()
    for target in TARGETS:
        assert (made[target][busy] == raw[target][busy]).all()


@every_method
def test_a_forecast_of_one_row_is_the_same_as_among_many(fitted: Fitted, asked: pd.DataFrame, name: str) -> None:
    among = fitted(name).hazards(asked)
    alone = fitted(name).hazards(asked.iloc[[7]])
    for target in TARGETS:
        assert alone[target][0] == pytest.approx(among[target][7], rel=1e-6)


@every_method
def test_a_row_of_which_nothing_is_known_still_gets_a_risk(fitted: Fitted, asked: pd.DataFrame, name: str) -> None:
    unknown = asked.head(1).assign(**dict.fromkeys(feature_names(), np.nan))
    assert all(np.isfinite(h).all() for h in fitted(name).hazards(unknown).values())


@every_method
def test_a_saved_model_reads_back_with_identical_forecasts_from_native_files(
    fitted: Fitted, asked: pd.DataFrame, name: str, tmp_path: Path
) -> None:
    save_model(fitted(name), tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.name == name
    before, after = fitted(name).hazards(asked), loaded.hazards(asked)
    assert all((before[t] == after[t]).all() for t in TARGETS)
    assert {p.suffix for p in (tmp_path / "model").rglob("*") if p.is_file()} <= {".json", ".ubj"}


@pytest.mark.parametrize("name", sorted(set(methods()) - {CHAMPION}))
def test_the_same_rows_give_the_same_model(fitted: Fitted, few: LabelledRows, asked: pd.DataFrame, name: str) -> None:
    again = method(name)().fit(few, calendar.month_index(pd.Timestamp("2005-01-01"))).hazards(asked)
    once = fitted(name).hazards(asked)
    assert all(again[t] == pytest.approx(once[t], rel=1e-6) for t in TARGETS)


def test_learned_methods_rank_what_they_were_fitted_on(fitted: Fitted, few: LabelledRows) -> None:
    calm = few.calm["disruption"] & (few.origin_index < few.origin_index.max() - 12)
    happened = (few.first_onset["disruption"][calm] <= 12).astype(float)
    for name in set(methods()) - {"climatology"}:
        assert auroc(risks(fitted(name).hazards(few.features[calm])["disruption"])[:, -1], happened) > 0.65, name


hazard = st.floats(0, 1, exclude_max=True)
hazards = st.lists(st.tuples(hazard, hazard, hazard, hazard), min_size=1, max_size=6)


@given(hazards)
def test_any_hazards_are_made_coherent(rows: list[tuple[float, ...]]) -> None:
    raw = {t: np.array([[r[i]] * 12 for r in rows]) for i, t in enumerate(TARGETS)}
    made = coherent(raw)
    assert all(((h >= 0) & (h <= LARGEST_HAZARD + 1e-12)).all() for h in made.values())
    for part in PARTS:
        assert (made[part] <= made["disruption"] + 1e-12).all()
        assert (risks(made[part]) <= risks(made["disruption"]) + 1e-12).all()


@given(hazard, hazard, hazard)
def test_a_higher_part_stays_higher_when_made_coherent(one: float, other: float, whole: float) -> None:
    def seizure(hazard: float) -> float:
        return float(
            coherent({t: np.array([[whole if t == "disruption" else hazard]]) for t in TARGETS})["seizure"][0, 0]
        )

    assert seizure(max(one, other)) >= seizure(min(one, other)) * (1 - 1e-9)


def test_disruption_is_left_as_it_was() -> None:
    raw = {t: np.array([[0.03, 0.5]]) for t in TARGETS}
    assert coherent(raw)["disruption"] == pytest.approx(raw["disruption"])


def test_risk_is_what_is_left_when_every_month_is_survived() -> None:
    # .1, then 1 - .9 * .8 = .28, then 1 - .9 * .8 * .5 = .64
    assert risks(np.array([[0.1, 0.2, 0.5]])) == pytest.approx(np.array([[0.1, 0.28, 0.64]]))


@pytest.mark.parametrize("target", TARGETS)
def test_what_the_stack_explains_lies_between_what_its_members_do(
    fitted: Fitted, asked: pd.DataFrame, target: str
) -> None:
    stack = fitted(Stack.name)
    members = np.array([m.contributions(asked, target, 3).to_numpy() for m in stack.members.values()])
    made = stack.contributions(asked, target, 3)
    assert list(made.columns) == [*feature_names(), "base"]
    assert (made.to_numpy() >= members.min(axis=0) - 1e-9).all()
    assert (made.to_numpy() <= members.max(axis=0) + 1e-9).all()
    assert np.abs(made.to_numpy()).sum() > 0


def test_the_stack_lies_between_its_members(fitted: Fitted, asked: pd.DataFrame) -> None:
    stack = fitted(Stack.name)
    members = [m.hazards(asked) for m in stack.members.values()]
    for target, made in stack.raw_hazards(asked).items():
        each = np.array([m[target] for m in members])
        assert (made >= each.min(axis=0) - 1e-9).all()
        assert (made <= each.max(axis=0) + 1e-9).all()


def test_an_unknown_method_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown model 'oracle': choose one of climatology, .*own_history, stack"):
        method("oracle")


def test_the_champion_is_one_of_the_methods_and_every_method_has_a_title() -> None:
    assert CHAMPION in methods()
    assert all(m.title and m.__doc__ for m in methods().values())


def saved(model: HazardModel, folder: Path) -> Path:
    save_model(model, folder)
    return folder


def test_an_altered_file_is_refused_by_its_hash(fitted: Fitted, tmp_path: Path) -> None:
    folder = saved(fitted("climatology"), tmp_path / "model")
    rates = folder / "climatology.json"
    rates.write_text(rates.read_text().replace("0.", "0.1", 1))
    with pytest.raises(ValueError, match=r"climatology.json: sha256 is \w{12}, expected \w{12}; the model was altered"):
        load_model(folder)


def test_a_missing_file_is_refused(fitted: Fitted, tmp_path: Path) -> None:
    folder = saved(fitted("climatology"), tmp_path / "model")
    (folder / "climatology.json").unlink()
    with pytest.raises(ValueError, match=r"climatology.json: sha256 is no file"):
        load_model(folder)


def test_a_folder_without_a_model_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"model.json is missing; run `chokepoint retrain`"):
        load_model(tmp_path)


def test_trees_of_other_features_are_refused(fitted: Fitted, tmp_path: Path) -> None:
    fitted("hazard_xgboost").save(tmp_path)
    about = tmp_path / "hazard_xgboost.json"
    content = json.loads(about.read_text())
    about.write_text(json.dumps(content | {"features": ["rain_mm", *content["features"][1:]]}))
    with pytest.raises(ValueError, match=r"fitted on other features than this version builds; refit"):
        HazardXgboost.load(tmp_path)


def test_a_description_that_is_no_object_is_refused(tmp_path: Path) -> None:
    (tmp_path / registry.DESCRIPTION).write_text("[]")
    with pytest.raises(TypeError, match="expected a JSON object, got list"):
        read_json(tmp_path / registry.DESCRIPTION)
