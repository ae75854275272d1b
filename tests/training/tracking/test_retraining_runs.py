"""What a retraining leaves in MLflow, on a real SQLite database and a real registry."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from data.calendar import HORIZONS
from data.contracts.forecasts import TARGETS
from data.settings import REPOSITORY, settings
from features.build import feature_names
from training.dataset.rows import LabelledRows
from training.models.base import HazardModel, risks
from training.models.registry import load_model, save_model
from training.monitoring.track_record import EVENTS, SKILLS
from training.tracking import metric_names, model_registry, retraining_runs, study_runs, ui_views
from training.tracking.connection import connection
from training.tracking.records import RegisteredVersion, RetrainingRecord

SUMMARY = "**A small model**, for the tests."
CARD = "# A small model\n\n## Use\n\nFor the tests.\n"
TAGS = {"origin": "2025-08", "data_vintage": "2025-08.abc", "outcome": "promoted"}
SKILL = pd.DataFrame(
    [
        ("version_1", model, "disruption", 6, window, "brier_skill_vs_climatology", value)
        for model, window, value in [("stack", "all", 0.06), ("stack", "since_2015", 0.05), ("climatology", "all", 0.0)]
    ]
    + [
        ("version_1", "stack", "seizure", 1, "all", "auroc", np.nan),
        ("current", "stack", "fighting", 1, "all", "auroc", 0.8),
    ],
    columns=["episodes", "model", "target", "horizon", "window", "metric", "value"],
)


def record_of(model: HazardModel, source: Path) -> RetrainingRecord:
    source.write_text("{}")
    bundle = source.parent / f"bundle-{model.name}"
    if not bundle.exists():
        save_model(model, bundle / "model")
        for part in ("tables", "figures"):
            (bundle / part).mkdir()
        SKILL.to_parquet(bundle / "tables" / "skill.parquet", index=False)
        Figure().savefig(bundle / "figures" / "ranking.png")
        (bundle / "about.json").write_text("{}")
        (bundle / "model_card.md").write_text(CARD)
    return RetrainingRecord(
        tags=TAGS,
        parameters={"champion": "stack", "features": 3},
        summary=SUMMARY,
        card=CARD,
        skill=SKILL,
        datasets={"episodes": (pd.DataFrame({"iso3": ["MLI"]}), source)},
        bundle=bundle,
        metrics={"live_events_of_expected_disruption_h06": 0.9},
        resource_usage=[("system/process_memory_megabytes", 512.0, 1_764_000_000_000, 0)],
        seconds={"backtest": 12.5},
        key=f"key of {model.name}",
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home folder in force for the tests of this module."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("tracking")
        patch.setenv("CHOKEPOINT_HOME", str(path))
        settings.cache_clear()
        yield path
    settings.cache_clear()


@pytest.fixture(scope="module")
def registered(folder: Path, fitted: Callable[[str], HazardModel]) -> RegisteredVersion:
    made = retraining_runs.record_retraining(record_of(fitted("own_history"), folder / "manifest.json"))
    model_registry.set_alias(model_registry.CHAMPION_ALIAS, made)
    return made


@pytest.fixture
def parent(registered: RegisteredVersion) -> mlflow.entities.Run:
    return mlflow.MlflowClient().get_run(registered.run_id)


def test_the_parent_run_has_tags_parameters_note_and_the_champions_metrics(parent: mlflow.entities.Run) -> None:
    assert TAGS.items() <= parent.data.tags.items()
    assert parent.data.tags["work_key"] == "key of own_history"
    assert parent.data.tags["mlflow.note.content"] == SUMMARY
    assert parent.data.params == {"champion": "stack", "features": "3"}
    # NaN and the scores on the other catalogue stay out
    assert parent.data.metrics == {
        "brier_skill_vs_climatology_disruption_h06": 0.06,
        "brier_skill_vs_climatology_disruption_h06_since_2015": 0.05,
        "live_events_of_expected_disruption_h06": 0.9,
        "system/process_memory_megabytes": 512.0,
        "seconds_backtest": 12.5,
    }
    assert parent.info.status == "FINISHED"


def test_every_method_has_a_child_run_with_its_own_scores(parent: mlflow.entities.Run) -> None:
    found = mlflow.MlflowClient().search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    children = {run.data.tags["model"]: run for run in found}
    assert set(children) == {"stack", "climatology"}
    assert children["climatology"].data.metrics == {"brier_skill_vs_climatology_disruption_h06": 0.0}
    assert children["stack"].data.tags["data_vintage"] == "2025-08.abc"


def test_datasets_figures_and_tables_are_attached(parent: mlflow.entities.Run, registered: RegisteredVersion) -> None:
    (dataset,) = parent.inputs.dataset_inputs
    assert dataset.dataset.name == "episodes"
    assert "manifest.json" in dataset.dataset.source
    files = mlflow.MlflowClient().list_artifacts
    assert [f.path for f in files(registered.run_id, "figures")] == ["figures/ranking.png"]
    assert [f.path for f in files(registered.run_id, "tables")] == ["tables/skill.parquet"]
    local = mlflow.artifacts.download_artifacts(run_id=registered.run_id, artifact_path="tables/skill.parquet")
    assert pd.read_parquet(local).equals(SKILL)


def test_the_model_is_registered_described_and_made_champion(registered: RegisteredVersion) -> None:
    version = mlflow.MlflowClient().get_model_version_by_alias(settings().registered_model, "champion")
    assert (registered.name, registered.version) == (settings().registered_model, str(version.version))
    assert version.run_id == registered.run_id
    assert version.description == CARD.removeprefix("# ")
    assert version.tags == {
        name: TAGS[name] for name in ("origin", "data_vintage")
    }  # the rest is written when it is decided


def test_the_registered_model_predicts_what_the_native_one_does(
    registered: RegisteredVersion, few: LabelledRows, fitted: Callable[[str], HazardModel]
) -> None:
    rows = few.features.tail(30)[feature_names()].astype(float)
    loaded = mlflow.pyfunc.load_model(f"models:/{registered.name}@champion")
    predicted = loaded.predict(rows)
    native = fitted("own_history").hazards(few.features.tail(30))
    assert list(predicted.columns) == [f"{t}_h{k:02d}" for t in TARGETS for k in range(1, 13)]
    for target in TARGETS:
        columns = [c for c in predicted.columns if c.startswith(f"{target}_h")]
        assert predicted[columns].to_numpy() == pytest.approx(risks(native[target]), rel=1e-6)


def test_the_champion_is_copied_as_verified_native_files(
    registered: RegisteredVersion, fitted: Callable[[str], HazardModel], few: LabelledRows, tmp_path: Path
) -> None:
    assert model_registry.download_champion(tmp_path / "copy") == registered
    copied = load_model(tmp_path / "copy").hazards(few.features.tail(30))
    native = fitted("own_history").hazards(few.features.tail(30))
    assert all((copied[t] == native[t]).all() for t in TARGETS)
    assert [p.name for p in tmp_path.iterdir()] == ["copy"]


def test_no_pickle_lies_anywhere_under_the_artifacts(registered: RegisteredVersion, folder: Path) -> None:
    files = [p for p in (folder / "mlartifacts").rglob("*") if p.is_file()]
    assert {"model.json", "own_history.json", "MLmodel", "pyfunc_model.py"} <= {p.name for p in files}
    assert not [p for p in files if p.suffix in {".pkl", ".pickle", ".joblib", ".cloudpickle", ".skops"}]
    assert not [p for p in files if p.read_bytes()[:2] in {b"\x80\x03", b"\x80\x04", b"\x80\x05"}]


def test_requirements_do_not_name_xgboost_twice(registered: RegisteredVersion, folder: Path) -> None:
    (path,) = (folder / "mlartifacts").rglob("requirements.txt")
    assert [line for line in path.read_text().splitlines() if line.startswith("xgboost")] == ["xgboost-cpu<4,>=3.0"]


def test_an_altered_champion_is_refused(registered: RegisteredVersion, folder: Path, tmp_path: Path) -> None:
    (path,) = (folder / "mlartifacts").rglob("own_history.json")
    before = path.read_text()
    path.write_text(before.replace("0.", "0.1", 1))
    with pytest.raises(ValueError, match=r"own_history.json: sha256 is .* the model was altered"):
        model_registry.download_champion(tmp_path / "copy")
    path.write_text(before)
    assert not (tmp_path / "copy").exists()


def test_a_second_retraining_becomes_champion_and_the_first_stays(
    registered: RegisteredVersion, folder: Path, fitted: Callable[[str], HazardModel], tmp_path: Path
) -> None:
    second = retraining_runs.record_retraining(record_of(fitted("climatology"), folder / "manifest.json"))
    assert int(second.version) == int(registered.version) + 1
    assert model_registry.champion() == registered
    model_registry.set_alias(model_registry.CHAMPION_ALIAS, second)
    assert model_registry.download_champion(tmp_path / "copy") == second
    assert mlflow.MlflowClient().get_model_version(registered.name, registered.version).run_id == registered.run_id
    mlflow.MlflowClient().set_registered_model_alias(registered.name, model_registry.CHAMPION_ALIAS, registered.version)


def test_the_same_work_is_registered_once_and_what_a_killed_job_left_is_taken_out(
    registered: RegisteredVersion, folder: Path, fitted: Callable[[str], HazardModel]
) -> None:
    client = mlflow.MlflowClient()
    experiment = mlflow.get_experiment_by_name("chokepoint").experiment_id
    torn = client.create_run(experiment, tags={"work_key": "key of own_history"}).info.run_id
    child = client.create_run(experiment, tags={"mlflow.parentRunId": torn}).info.run_id
    before = len(client.search_model_versions(f"name='{registered.name}'"))
    assert retraining_runs.record_retraining(record_of(fitted("own_history"), folder / "manifest.json")) == registered
    assert len(client.search_model_versions(f"name='{registered.name}'")) == before
    gone = [client.get_run(run).info for run in (torn, child)]
    assert [(run.lifecycle_stage, run.status) for run in gone] == [("deleted", "KILLED")] * 2


def test_a_bundle_comes_back_as_it_was_recorded_and_an_unknown_version_is_named(
    registered: RegisteredVersion, folder: Path, tmp_path: Path
) -> None:
    model_registry.download_artifacts(registered, tmp_path / "copy")
    there = {
        p.relative_to(tmp_path / "copy").as_posix(): p.read_bytes()
        for p in (tmp_path / "copy").rglob("*")
        if p.is_file()
    }
    origin = folder / "bundle-own_history"
    assert there == {p.relative_to(origin).as_posix(): p.read_bytes() for p in origin.rglob("*") if p.is_file()}
    with pytest.raises(LookupError, match=r"has no version '77': registered are 1"):
        model_registry.registered_version("77")


def test_two_processes_that_make_the_database_at_once_both_succeed_and_an_absent_champion_is_named(
    tmp_path: Path,
) -> None:
    code = "from pathlib import Path; from training.tracking.model_registry import download_champion; download_champion(Path('absent'))"
    environment = {"CHOKEPOINT_HOME": str(tmp_path / "home"), "PATH": "", "PYTHONPATH": str(REPOSITORY)}
    started = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in started:
        error = process.communicate()[1].strip().splitlines()[-1]
        assert error.startswith("LookupError: capital-disruption@champion is not in the registry at sqlite:///")
        assert error.endswith("run `chokepoint retrain`")


def test_a_study_leaves_a_run_with_its_differences_and_registers_no_model(registered: RegisteredVersion) -> None:
    columns = ["episodes", "model", "reference", "target", "horizon", "window", "metric", "value", "low", "high"]
    table = pd.DataFrame(
        [
            ("version_1", "stack", "stack, region withheld", "disruption", 6, "all", "log_score", -0.02, -0.03, -0.01),
            ("version_1", "stack", "stack, region withheld", "disruption", 6, "since_2015", "log_score", 1.0, 0.0, 2.0),
            ("version_1", "stack", "stack, region withheld", "seizure", 1, "all", "auroc", np.nan, np.nan, np.nan),
            ("version_1", "logistic", "own_history", "disruption", 6, "all", "log_score", 0.5, 0.4, 0.6),
        ],
        columns=columns,
    )
    metrics = metric_names.difference_metrics(table, [("stack", "stack, region withheld")])
    assert metrics == {"log_score_minus_stack_region_withheld_disruption_h06": -0.02}
    both = metric_names.difference_metrics(table, [("stack", "stack, region withheld"), ("logistic", "own_history")])
    assert both["logistic_log_score_minus_own_history_disruption_h06"] == 0.5
    versions = mlflow.MlflowClient().search_model_versions(f"name='{registered.name}'")
    run_id = study_runs.record_study(
        "leave-out stack",
        "What is memorised.",
        tags={"study": "leave-out"},
        metrics=metrics,
        tables={"differences": table},
        figures={"log_score_h06.png": Figure()},
    )
    run = mlflow.MlflowClient().get_run(run_id)
    assert (run.data.tags["study"], run.data.metrics, run.info.status) == ("leave-out", metrics, "FINISHED")
    local = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="tables/differences.parquet")
    assert pd.read_parquet(local).equals(table)
    assert mlflow.MlflowClient().list_artifacts(run_id, "figures")[0].path == "figures/log_score_h06.png"
    assert len(mlflow.MlflowClient().search_model_versions(f"name='{registered.name}'")) == len(versions)


def test_the_experiment_goes_by_the_name_in_force(parent: mlflow.entities.Run) -> None:
    assert mlflow.get_experiment(parent.info.experiment_id).name == "chokepoint"


def test_a_run_is_named_and_described_when_it_is_decided_and_the_experiment_says_how_to_read_it(
    registered: RegisteredVersion, parent: mlflow.entities.Run
) -> None:
    retraining_runs.describe_run(registered, "retrain 2025-08 kept", "**Kept the champion**")
    run = mlflow.MlflowClient().get_run(registered.run_id)
    assert (run.info.run_name, run.data.tags["mlflow.note.content"]) == (
        "retrain 2025-08 kept",
        "**Kept the champion**",
    )
    tags = mlflow.get_experiment(parent.info.experiment_id).tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    assert tags["mlflow.experiment.primaryMetric.name"] == "brier_skill_vs_own_history_disruption_h06"
    assert "tags.outcome LIKE 'promoted%'" in tags["mlflow.note.content"]


@pytest.mark.parametrize("key", [key for key in ui_views.TAGS if key.startswith(ui_views.VIEW)])
def test_a_saved_view_of_the_experiment_finds_runs_and_shows_only_what_they_can_have(
    key: str, parent: mlflow.entities.Run
) -> None:
    state = json.loads(json.loads(mlflow.get_experiment(parent.info.experiment_id).tags[key])["state"])
    assert mlflow.MlflowClient().search_runs(
        [parent.info.experiment_id], state["searchFilter"], order_by=[state["orderByKey"]]
    )
    scores = {f"{score}_{target}_h{h:02d}" for score in metric_names.SHOWN for target in TARGETS for h in HORIZONS}
    live = {
        f"live_{measure}_{target}_h{h:02d}" for measure in (EVENTS, *SKILLS) for target in TARGETS for h in HORIZONS
    }
    shown = {
        column.split("`")[1].removesuffix("_since_2020") for column in state["selectedColumns"] if "metrics." in column
    }
    assert shown <= scores | live | {"drift_flags"}


def test_an_experiment_that_an_earlier_release_made_gets_its_description_and_views_and_keeps_its_own(
    registered: RegisteredVersion, parent: mlflow.entities.Run
) -> None:
    client, key = mlflow.MlflowClient(), f"{ui_views.VIEW}retrainings"
    client.delete_experiment_tag(parent.info.experiment_id, key)
    client.set_experiment_tag(parent.info.experiment_id, "mlflow.note.content", "ours")
    with connection() as experiment:
        tags = client.get_experiment(experiment).tags
    assert tags[key] == ui_views.RETRAININGS
    assert tags["mlflow.note.content"] == "ours"


def test_the_registered_model_says_what_its_versions_are(registered: RegisteredVersion) -> None:
    assert mlflow.MlflowClient().get_registered_model(registered.name).description == ui_views.MODEL_DESCRIPTION


def test_the_address_of_the_retrainings_names_the_view_and_the_kind_of_work() -> None:
    assert ui_views.retrainings_url(5000, "1") == (
        "http://127.0.0.1:5000/#/experiments/1/runs"
        "?workflowType=machine_learning&viewStateShareKey=retrainings&compareRunsMode=TABLE"
    )
    assert f"{ui_views.VIEW}retrainings" in ui_views.TAGS
