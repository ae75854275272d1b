import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from data.settings import REPOSITORY
from serving import served_publication
from serving import store as store_module
from serving.app import create_app
from serving.store import Store
from training.models.base import Hazards
from training.models.climatology import Climatology

Publisher = Callable[[Path, str, str], Path]


def test_a_first_refresh_loads_the_publication_and_a_second_has_nothing_to_do(store: Store) -> None:
    assert store.refresh()
    assert store.served is not None
    assert store.served.id == "2026-10-v1"
    assert not store.refresh()


def test_territories_are_dropped_when_a_publication_is_loaded(store: Store) -> None:
    store.refresh()
    assert store.served is not None
    assert set(store.served.forecasts[store.served.newest_origin]["iso3"]) == {"BFA", "MLI", "NER"}
    assert "HKG" not in store.served.capitals.index
    assert "HKG" not in set(store.served.episodes["iso3"])


def test_a_newer_publication_takes_the_place_of_the_old_one(store: Store, publisher: Publisher) -> None:
    store.refresh()
    publisher(store.published, "2026-10-v2", "2")
    assert store.refresh()
    assert store.served is not None
    assert store.served.id == "2026-10-v2"


def test_an_altered_model_is_refused_and_the_old_publication_stays(
    store: Store, publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    store.refresh()
    folder = publisher(store.published, "2026-10-v2", "2")
    (folder / "model" / "climatology.json").write_text("{}")
    assert not store.refresh()
    assert store.served is not None
    assert store.served.id == "2026-10-v1"
    assert "rejected the new publication, still serving 2026-10-v1" in caplog.text
    assert "the model was altered" in caplog.text


def test_a_model_that_lacks_a_target_is_refused(store: Store, publisher: Publisher) -> None:
    folder = publisher(store.published, "2026-10-v2", "2")
    path = folder / "model" / "climatology.json"
    path.write_text(json.dumps({"disruption": [0.1] * 12}))
    digests = folder / "model" / "model.json"
    digests.write_text(json.dumps({"name": "climatology", "files": {}}))
    assert not store.refresh()
    assert (
        store.not_ready_reason
        == "the publication does not load (KeyError('fighting')); publish again with `chokepoint retrain`"
    )


def test_before_anything_is_published_answers_are_503_with_the_remedy(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.refresh()
    answer = TestClient(create_app(store)).get("/v1/capitals")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "not_ready"
    assert "run `make forecast` or `chokepoint retrain`" in answer.json()["error"]["message"]


def test_what_is_published_after_a_failed_start_is_loaded(tmp_path: Path, store: Store, publisher: Publisher) -> None:
    later = Store(tmp_path / "later", store._load_panel)
    assert not later.refresh()
    publisher(tmp_path / "later", "2026-10-v1", "1")
    assert later.refresh()


class Unsure(Climatology):
    """Gives a hazard that is no number for one capital."""

    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        made = super().raw_hazards(features)
        made["seizure"][3, 5] = float("nan")
        return made


def test_a_model_that_predicts_no_number_for_one_capital_is_refused_and_the_old_publication_stays(
    store: Store, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.refresh()
    publisher(store.published, "2026-10-v2", "2")
    monkeypatch.setattr(served_publication, "load_model", Unsure.load)
    assert not store.refresh()
    assert store.version == "1"
    assert store.rejection is not None
    assert "get hazards of seizure that are no probabilities, such as nan" in store.rejection
    said = TestClient(create_app(store)).get("/readyz").json()
    assert (said["ready"], said["publication"], said["refused"]) == (True, "2026-10-v1", store.rejection)


def test_a_missing_file_is_refused_and_its_return_is_noticed(
    store: Store, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.refresh()
    folder = publisher(store.published, "2026-10-v2", "2")
    (folder / "model" / "climatology.json").rename(folder / "kept")
    assert not store.refresh()
    assert not store.refresh()
    (folder / "kept").rename(folder / "model" / "climatology.json")
    monkeypatch.setattr(store_module, "RETRY_SECONDS", 0.0)
    assert store.refresh()
    assert (store.version, store.rejection) == ("2", None)


def test_no_module_on_the_path_reads_a_pickle() -> None:
    files = [p for package in ("data", "features", "training", "serving") for p in (REPOSITORY / package).rglob("*.py")]
    read = re.compile(r"\b(import|from) (pickle|cloudpickle|joblib|dill|skops)\b|read_pickle|allow_pickle=True")
    assert [str(path) for path in files if read.search(path.read_text())] == []
