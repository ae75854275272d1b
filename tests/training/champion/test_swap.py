"""Another method as champion: the one line that names it is changed, and the small retraining publishes the other method."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from data.contracts.forecasts import TARGETS
from tests import jobs
from training.models.registry import REFERENCES, load_model
from training.publication.publication import Publication, read_publication

pytestmark = pytest.mark.slow

OTHER = "logistic"
COMMAND = f"""
import sys
from training.models import registry
registry.CHAMPION = {OTHER!r}  # the line of the registry, before any module has read it
from serving.cli.main import app
app(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def home(retrained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder after a small retraining with the other champion, on features that an earlier job cached."""
    folder = tmp_path_factory.mktemp("swapped") / "home"
    shutil.copytree(retrained / "kept" / "features", folder / "kept" / "features")
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *jobs.SMALL],
        env=os.environ | jobs.SETTINGS | {"CHOKEPOINT_HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def published(home: Path) -> Publication:
    return read_publication(home / "published")


def test_the_other_method_is_promoted_registered_and_published(home: Path, published: Publication) -> None:
    assert load_model(published.model_folder).name == OTHER
    assert set(published.forecasts["model"]) == {OTHER}
    jobs.require_whole(home, versions=1)


def test_every_reference_is_scored_beside_it_and_no_member_of_another(home: Path, published: Publication) -> None:
    assert set(published.skill["model"]) == {*REFERENCES, OTHER}
    rows = pd.read_parquet(home / "backtest" / "forecasts.parquet", columns=["model"])
    assert set(rows["model"]) == {*REFERENCES, OTHER}


def test_its_risks_are_explained_and_have_intervals(published: Publication) -> None:
    assert set(published.drivers["target"]) == set(TARGETS)
    newest = published.forecasts[published.forecasts["origin"] == published.origin].dropna(subset=["risk"])
    assert (newest["risk_low"] <= newest["risk"]).all()
    assert (newest["risk"] <= newest["risk_high"]).all()
    assert (newest["risk_low"] < newest["risk_high"]).any()
