"""A small publication made by the project's own code: four units, two origins, hazards given as literals."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from data.panel.panel import Panel, assemble
from data.tables.countries import ROWS
from features.build import build
from serving.app import create_app
from serving.store import Store
from training.explanation.analogues import encode
from training.forecasting.forecast import Provenance, rows_of
from training.models.climatology import Climatology
from training.models.registry import save_model
from training.publication import staging

ORIGINS = [pd.Timestamp("2026-09-01"), pd.Timestamp("2026-10-01")]
PAST = [pd.Timestamp(f"{year}-07-01") for year in (2015, 2018, 2020, 2023)]
SHOWN = ("BFA", "HKG", "MLI", "NER")
HAZARD = {"BFA": 0.02, "HKG": 0.5, "MLI": 0.04, "NER": 0.01}
"""Monthly hazard of disruption; fighting has half of it, strangulation a quarter, seizure an eighth."""
SHARE = {"disruption": 1.0, "fighting": 0.5, "strangulation": 0.25, "seizure": 0.125}
CARD = "# Climatology (base rate)\n\n## Use\n\nFor the tests: é.\n"
FACTS = {
    "BFA": [
        {"text": "310 deaths in the country", "contribution": 0.5},
        {"text": "a war <b>nearby</b>", "contribution": 0.2},
    ]
}
RATES = {target: [0.02 * share] * 12 for target, share in SHARE.items()}


def tables() -> dict[str, pd.DataFrame]:
    months = [pd.Timestamp("2026-08-01"), pd.Timestamp("2026-09-01")]
    countries = pd.DataFrame(
        [
            ("test", iso3, month, 3.0, 0.0, 1.0, 20.0, month + pd.DateOffset(months=1))
            for iso3 in ("MLI", "BFA")
            for month in months
        ],
        columns=list(ROWS.contract.columns),
    )
    coverage = pd.DataFrame({"source": ["x"], "table": ["y"], "iso3": ["*"], "first": months[:1], "last": months[1:]})
    listed = [pd.Timestamp("2026-05-01"), pd.Timestamp("2026-09-01")]
    coups = pd.DataFrame({"iso3": "FJI", "month": listed, "successful": 0.0, "failed": 1.0, "source": "test"})
    coups = coups.assign(available_at=coups["month"] + pd.DateOffset(months=1))
    return {"countries": countries, "coups": coups, "coverage": coverage}


def episodes() -> pd.DataFrame:
    rows = [
        ("MLI", "Bamako", "2026-04", "2026-10", "siege", "M", "siege declared"),
        ("MLI", "Bamako", "2020-08", "2020-08", "coup", "H", "president arrested"),
        ("NER", "Niamey", "2023-07", "2023-08", "coup", "H", "<b>president</b> detained"),
        ("HKG", "Hong Kong", "2019-11", "2019-11", "uprising", "H", "a territory"),
    ]
    table = pd.DataFrame(rows, columns=["iso3", "capital", "start", "end", "kind", "confidence", "reason"])
    return table.assign(**{c: pd.to_datetime(table[c]).astype("datetime64[us]") for c in ("start", "end")})


def drivers() -> pd.DataFrame:
    sentences = {"BFA": "Fighting raises the odds x2", "NER": "Coups <i>raise</i> the odds"}
    return pd.DataFrame(
        [
            (ORIGINS[1], iso3, target, 1, "fighting", "fighting near the capital", 0.7, sentence, FACTS.get(iso3, []))
            for iso3, sentence in sentences.items()
            for target in SHARE
        ],
        columns=["origin", "iso3", "target", "rank", "group", "label", "contribution", "sentence", "facts"],
    )


def skill() -> pd.DataFrame:
    values = {("climatology", "auroc"): 0.5, ("own_history", "auroc"): 0.77, ("climatology", "onsets"): 256.0}
    return pd.DataFrame(
        [("version_1", m, "disruption", 6, "all", metric, v) for (m, metric), v in values.items()]
        + [("version_1", "own_history", "disruption", 6, "all", "log_score", float("nan"))],
        columns=["episodes", "model", "target", "horizon", "window", "metric", "value"],
    )


def differences() -> pd.DataFrame:
    keys = ("version_1", "climatology", "own_history", "disruption", 6, "all")
    rows = [(*keys, "auroc", -0.27, -0.33, -0.21), (*keys, "log_score", *[float("nan")] * 3)]
    columns = ["episodes", "model", "reference", "target", "horizon", "window", "metric", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def history(rows: pd.DataFrame) -> pd.DataFrame:
    """Two published origins, and one long past at which Niamey was twice as likely to be disrupted."""
    wide = rows[rows["horizon"].isin((1, 3, 6, 12))].pivot(
        index=["origin", "iso3", "target"], columns="horizon", values="risk"
    )
    wide = wide.rename(columns=lambda h: f"h{h}").rename_axis(columns=None).reset_index()
    past = pd.DataFrame(
        [(pd.Timestamp("2023-05-01"), "NER", target, 0.02, 0.06, 0.12, 0.24) for target in SHARE], columns=wide.columns
    )
    return pd.concat([past, wide], ignore_index=True).astype({"iso3": "category", "target": "category"})


def inputs() -> pd.DataFrame:
    """A model that looks at past disruptions above all, and a little at past coups."""
    names = ["onsets_decayed_60m", "seizure_onsets_decayed_60m"]
    numbers = {"low": [0.0, 0.0], "high": [2.5, 3.0], "p01": [0.0, 0.0], "p99": [2.0, 2.0]}
    shape = {"centre": [0.0, 0.0], "scale": [1.0, 1.0]}
    weights = {f"weight_{target}": [1.0, 0.25] for target in SHARE}
    return pd.DataFrame({"feature": names} | numbers | shape | weights)


def publish(published: Path, panel: Panel, name: str, version: str = "1") -> Path:
    features = build(panel, ORIGINS)
    features = features[features["iso3"].isin(SHOWN)].reset_index(drop=True)
    monthly = features["iso3"].map(HAZARD).to_numpy()
    hazards = {target: np.repeat(monthly[:, None] * share, 12, axis=1) for target, share in SHARE.items()}
    rows = rows_of("climatology", hazards, features, Provenance(version, pd.Timestamp("2026-11-23"), "test.1"))
    info = {"model": "climatology", "title": "Climatology (base rate)", "model_version": version, "run_id": "run1"}

    def fill(folder: Path) -> None:
        rows.to_parquet(folder / "forecasts.parquet")
        drivers().to_parquet(folder / "drivers.parquet")
        skill().to_parquet(folder / "skill.parquet")
        differences().to_parquet(folder / "differences.parquet")
        history(rows).to_parquet(folder / "history.parquet")
        seen = inputs()
        seen.to_parquet(folder / "inputs.parquet")
        encode(build(panel, PAST), seen).to_parquet(folder / "situations.parquet")
        rows.head(0).to_parquet(folder / "shadow.parquet")
        (folder / "publication.json").write_text(json.dumps(info))
        (folder / "model_card.md").write_text(CARD)
        save_model(Climatology(RATES), folder / "model")

    staging.stage_publication(published, name, fill)
    return staging.publish(published, name)


@pytest.fixture(scope="session")
def panel() -> Panel:
    return assemble(tables(), episodes(), {"vintage": "test.1"})


@pytest.fixture
def store(tmp_path: Path, panel: Panel) -> Store:
    publish(tmp_path, panel, "2026-10-v1")
    return Store(tmp_path, lambda: panel)


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory, panel: Panel) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("published")
    publish(folder, panel, "2026-10-v1")
    loaded = Store(folder, lambda: panel)
    assert loaded.refresh(), loaded.reason
    with TestClient(create_app(loaded), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def publisher(panel: Panel) -> Callable[[Path, str, str], Path]:
    """Publish once more: folder, name of the issue, version of the model."""
    return lambda published, name, version: publish(published, panel, name, version)
