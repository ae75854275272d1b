"""The job against MLflow as teams run it: a server on PostgreSQL that hands artifacts on, with its line cut and its disk full."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from data.calendar import parse_month
from data.panel import panel as panels
from data.settings import settings
from tests import jobs, mlflow_server
from tests.jobs import Death
from tests.relay import Relay
from training.job.options import Options, checkpoint_key
from training.job.outcome import Exit
from training.publication.publication import read_publication

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(mlflow_server.programs() is None, reason="PostgreSQL is not installed: no initdb"),
    pytest.mark.skipif(mlflow_server.user() is None, reason="PostgreSQL refuses root, and there is no other user"),
]
NAME = "capital-disruption"


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("artifacts")


@pytest.fixture(scope="module")
def relay(artifacts: Path) -> Iterator[Relay]:
    with (
        mlflow_server.database() as store,
        mlflow_server.tracking_server(store, artifacts, artifacts.with_suffix(".log")) as port,
    ):
        made = Relay(port)
        yield made
        made.close()


@pytest.fixture(scope="module")
def team(relay: Relay) -> dict[str, str]:
    """Settings of a job that uses the server; it gives up after two tries, where seven take minutes."""
    return {"CHOKEPOINT_MLFLOW_TRACKING_URI": relay.url, "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}


@pytest.fixture(scope="module")
def home(stopped: Path, team: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder that has published from its own database, and whose job for the server has done all that needs no server."""
    folder = tmp_path_factory.mktemp("team") / "home"
    shutil.copytree(stopped, folder)
    (work,) = (folder / "work").iterdir()
    for stage in ("record", "champion", "compare"):
        shutil.rmtree(work / stage)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (jobs.SETTINGS | team | {"CHOKEPOINT_HOME": str(folder)}).items():
            patch.setenv(name, value)
        settings.cache_clear()
        first, trained = (parse_month(jobs.SMALL[at]) for at in (2, 4))
        work.rename(work.with_name(checkpoint_key(panels.load(), Options(first, trained_from=trained))))
    settings.cache_clear()
    return folder


@pytest.fixture
def client(relay: Relay) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(relay.url, relay.url)


def test_a_line_that_is_cut_while_the_run_is_written_fails_the_job_in_one_line(
    home: Path, relay: Relay, team: dict[str, str]
) -> None:
    before = read_publication(home / "published").folder
    relay.cut_at = b"out_of_fold.parquet"
    assert jobs.run(home, *jobs.SMALL, settings=team) == Exit.FAILED
    line = jobs.complaint(home).strip().splitlines()[-1]
    assert f"MLflow at {relay.url} failed" in line
    assert "finished stages are kept" in line
    assert not relay.whole
    assert read_publication(home / "published").folder == before
    relay.mend()


def test_a_full_artifact_disk_fails_the_job_in_one_line(
    home: Path, artifacts: Path, relay: Relay, team: dict[str, str]
) -> None:
    before = read_publication(home / "published").folder
    small = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", artifacts]
    if subprocess.run(small, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        assert jobs.run(home, *jobs.SMALL, settings=team) == Exit.FAILED
    finally:
        subprocess.run(["umount", artifacts], check=True)
    assert f"MLflow at {relay.url} failed" in jobs.complaint(home).strip().splitlines()[-1]
    assert read_publication(home / "published").folder == before


def test_the_next_run_leaves_one_run_and_one_version_of_what_was_cut_and_full(
    home: Path, client: mlflow.MlflowClient, team: dict[str, str]
) -> None:
    assert jobs.run(home, *jobs.SMALL, settings=team, death=Death(after="compare")) == jobs.KILLED
    (version,) = client.search_model_versions(f"name = '{NAME}'")
    experiments = [e.experiment_id for e in client.search_experiments()]
    runs = client.search_runs(experiments)
    assert {run.info.status for run in runs} == {"FINISHED"}
    (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert parent.info.run_id == version.run_id
    assert len(client.search_logged_models(experiments)) == 1


def test_a_champion_that_somebody_else_named_during_the_comparison_is_compared_with(
    home: Path, client: mlflow.MlflowClient, team: dict[str, str]
) -> None:
    first = client.get_model_version(NAME, "1")
    theirs = client.create_model_version(
        NAME, first.source, first.run_id, model_id=first.source.removeprefix("models:/")
    )
    client.set_registered_model_alias(NAME, "champion", theirs.version)
    assert jobs.run(home, *jobs.SMALL, settings=team) == Exit.KEPT, jobs.complaint(home)
    said = jobs.said(home)
    assert (said["model_version"], said["challenger"], said["decision"]["against"]) == ("2", "1", "2")
    assert client.get_model_version_by_alias(NAME, "champion").version == theirs.version
    assert str(client.get_model_version_by_alias(NAME, "challenger").version) == "1"
    published = read_publication(home / "published")
    assert published.info.model_version == "2"
    assert set(published.shadow["model_version"]) == {"1"}


def test_an_alias_moved_by_hand_is_published_by_the_next_run_and_so_is_promote_and_rollback(
    home: Path, client: mlflow.MlflowClient, team: dict[str, str]
) -> None:
    client.set_registered_model_alias(NAME, "champion", "1")
    assert jobs.run(home, *jobs.SMALL, settings=team) == Exit.KEPT, jobs.complaint(home)
    assert "and version 1 was published again" in jobs.said(home)["reason"]
    assert read_publication(home / "published").info.model_version == "1"
    assert jobs.run(home, "promote", "2", "--json", settings=team) == 0, jobs.complaint(home)
    assert str(client.get_model_version_by_alias(NAME, "champion").version) == "2"
    assert jobs.run(home, "rollback", "--json", settings=team) == 0, jobs.complaint(home)
    assert str(client.get_model_version_by_alias(NAME, "champion").version) == "1"
    assert read_publication(home / "published").info.model_version == "1"
