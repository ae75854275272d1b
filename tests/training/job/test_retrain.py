"""The main job, run as a user runs it on the starter panel, and every command that reads what it left."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

from data.contracts.forecasts import BACKTEST, FORECASTS, TARGETS
from data.panel.panel import Panel
from features.build import build
from features.registry import groups
from tests import jobs
from training.evaluation.score_table import pick
from training.evaluation.slices import REPORTED_HORIZONS
from training.forecasting.forecast import Provenance, forecast
from training.models.registry import CHAMPION, load_model
from training.publication.publication import Publication, read_publication

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(retrained: Path) -> Path:
    return retrained


@pytest.fixture(scope="module")
def printed(retrained: Path) -> str:
    return retrained.with_suffix(".out").read_text()


@pytest.fixture(scope="module")
def published(home: Path) -> Publication:
    return read_publication(home / "published")


def read_back(path: Path) -> pd.DataFrame:
    """Read backtest rows with names as text and numbers as doubles, as the contract has them."""
    table = pd.read_parquet(path)
    names = {c: "str" for c in table.columns if isinstance(table[c].dtype, pd.CategoricalDtype)}
    return table.astype(names | {c: "float64" for c in table.columns if table[c].dtype == "float32"})


def test_retrain_prints_twenty_capitals_the_times_and_where_to_look(printed: str, retrained: Path) -> None:
    ranks = re.findall(r"^ *(\d+) \S.*\([A-Z]{3}\)\*? ", printed, re.MULTILINE)
    assert [int(rank) for rank in ranks] == list(range(1, 21))
    assert "…" not in printed
    assert max(len(line.rstrip()) for line in printed.splitlines()) <= 80
    assert "Registered capital-disruption version 1." in printed
    assert "Promoted with warnings: there was no champion yet" in " ".join(printed.split())
    assert "make serve" in printed
    assert "make mlflow-ui" in printed
    assert [word for word in ("Traceback", "Warning", "INFO") if word in jobs.complaint(retrained)] == []


def test_the_publication_holds_forecasts_under_contract_for_every_state_and_target(published: Publication) -> None:
    FORECASTS.validate(published.forecasts)
    newest = published.forecasts[published.forecasts["origin"] == published.origin]
    counts = newest.groupby(["iso3", "target"]).size()
    assert (counts == 12).all()
    assert newest["iso3"].nunique() > 190
    assert set(newest["target"]) == set(TARGETS)
    assert set(newest["model_version"]) == {"1"}
    assert set(published.forecasts["model_version"]) == {
        "1",
        "backtest",
        f"backtest {sorted(published.forecasts['origin'].unique())[-2]:%Y-%m}",
    }
    assert published.forecasts["origin"].nunique() == (published.origin.to_period("M") - pd.Period(jobs.FIRST)).n + 1


def test_no_published_part_lies_above_disruption_and_no_curve_falls(published: Publication) -> None:
    wide = published.forecasts.pivot_table("risk", ["origin", "iso3", "horizon"], "target")
    calm = wide.dropna(subset=["disruption"])
    for part in set(TARGETS) - {"disruption"}:
        assert (calm[part] <= calm["disruption"] + 1e-9).all()
    rows = published.forecasts.sort_values("horizon")
    assert (rows.groupby(["origin", "iso3", "target"])["risk"].diff().dropna() >= 0).all()


def test_the_published_model_gives_the_published_forecasts(starter: Panel, published: Publication) -> None:
    features = build(starter, [published.origin])
    again = forecast(load_model(published.model_folder), features, Provenance("1", pd.Timestamp("2026-01-01"), ""))
    keys = ["iso3", "target", "horizon"]
    newest = published.forecasts[published.forecasts["origin"] == published.origin]
    both = newest.merge(again, on=keys, suffixes=("", "_again"), validate="one_to_one")
    assert len(both) == len(newest)
    assert both["risk_again"].to_numpy() == pytest.approx(both["risk"].to_numpy(), rel=1e-6, nan_ok=True)


def test_the_run_and_the_champion_are_in_mlflow(home: Path, published: Publication) -> None:
    mlflow.set_tracking_uri(f"sqlite:///{home / 'mlflow.db'}")
    client = mlflow.MlflowClient()
    version = client.get_model_version_by_alias("capital-disruption", "champion")
    assert version.run_id == published.info.run_id
    run = client.get_run(version.run_id)
    assert run.data.tags["data_vintage"] == published.info.data_vintage
    assert "brier_skill_vs_climatology_disruption_h06" in run.data.metrics
    figures = {f.path for f in client.list_artifacts(version.run_id, "figures")}
    assert {"figures/reliability_h06.png", "figures/risk_map.png"} <= figures
    assert {p.name for p in (published.folder / "figures").iterdir()} == {Path(f).name for f in figures}
    tables = {f.path for f in client.list_artifacts(version.run_id, "tables")}
    assert {"tables/skill.parquet", "tables/differences.parquet"} <= tables
    assert {d.dataset.name for d in run.inputs.dataset_inputs} == {"features", "episodes"}
    assert run.data.tags["mlflow.note.content"].startswith("**Promoted with warnings**, with nobody to compare with: ")
    assert run.info.run_name == f"retrain {published.origin:%Y-%m} promoted with warnings"
    assert (run.data.tags["backfilled"], run.data.tags["outcome"]) == ("false", "promoted_with_warnings")
    assert run.data.tags["track_record"] == "no window of six months has closed since the first live forecast"
    assert run.data.metrics["drift_flags"] >= 0
    assert run.data.metrics["system/process_memory_megabytes"] > 100
    card = (published.folder / "model_card.md").read_text()
    assert version.description.startswith(card.removeprefix("# ")[:1000])
    assert {"tables/drift.csv", "tables/misses.csv", "tables/track_record.csv"} <= tables


def test_what_a_later_month_need_not_make_again_is_kept(home: Path, published: Publication) -> None:
    kept = [path for path in (home / "kept").rglob("*") if path.is_file()]
    # one fold a calendar year of 2024-11..2026-10
    assert sorted(path.suffix for path in kept) == [".npz", ".npz", ".npz", ".parquet"]


def test_the_decision_is_logged_and_tagged_and_the_issue_kept_for_good(home: Path, published: Publication) -> None:
    (line,) = [json.loads(text) for text in (home / "decisions.jsonl").read_text().splitlines()]
    assert (line["by"], line["outcome"], line["champion"]) == ("retrain", "promoted_with_warnings", "1")
    assert {"curves", "inputs", "calibration all", "calibration since_2020"} == {c["name"] for c in line["checks"]}
    store = f"sqlite:///{home / 'mlflow.db'}"
    client = mlflow.MlflowClient(store, store)
    tags = client.get_model_version("capital-disruption", "1").tags
    # the shipped feeds end months before the newest origin, which is said wherever the champion is
    assert tags["outcome"] == "promoted_with_warnings"
    assert "inputs" in published.info.failed_checks == tuple(line["failed_checks"])
    assert tags["checks_passed"].startswith("curves: rise; ")
    assert re.search(r"calibration since_2020: \d\.\d{3}", tags["checks_passed"] + tags["checks_failed"])
    kept = pd.read_parquet(home / "issued" / f"{published.folder.name}.parquet")
    assert len(kept) == (published.forecasts["origin"] == published.origin).sum()
    assert published.shadow.empty
    assert not list((home / "work").iterdir())


def test_a_second_job_with_nothing_new_keeps_the_champion_and_writes_nothing(
    chokepoint: Callable[..., Any], home: Path, published: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in jobs.SETTINGS.items():
        monkeypatch.setenv(name, value)
    planned = json.loads(chokepoint(home, *jobs.SMALL, "--dry-run").out)
    assert planned[-1] == {
        "stage": "publish",
        "would": f"nothing new: {published.folder.name} was made of this data by this code",
    }
    done = chokepoint(home, *jobs.SMALL)
    assert (done.code, json.loads(done.out)["outcome"]) == (10, "kept")
    assert [p.name for p in (home / "published").iterdir() if p.name.startswith("20")] == [published.folder.name]
    assert len((home / "decisions.jsonl").read_text().splitlines()) == 1


def test_a_version_compared_with_itself_is_neither_better_nor_worse(
    chokepoint: Callable[..., Any], home: Path, published: Publication
) -> None:
    said = json.loads(chokepoint(home, "compare", "1", "1", "--json").out)
    assert said["difference"] == {"value": 0.0, "low_10": 0.0, "high_90": 0.0}
    assert said["rows"] > 150
    assert "no champion came before version 1" in chokepoint(home, "rollback").err


def test_the_backtest_rows_of_every_method_obey_the_contract(home: Path) -> None:
    table = read_back(home / "backtest" / "forecasts.parquet")
    BACKTEST.validate(table)
    assert {"climatology", "own_history", CHAMPION} <= set(table["model"])
    assert f"{table['origin'].min():%Y-%m}" == jobs.FIRST


def test_risks_shows_one_capital_for_every_target(chokepoint: Callable[..., Any], home: Path) -> None:
    done = chokepoint(home, "risks", "--country", "MLI", "--origin", "2025-08")
    assert done.code == 0, done.err
    assert re.findall(r"^ *MLI +(\w+) ", done.out, re.MULTILINE) == sorted(TARGETS)
    assert "origin 2025-08" in done.out


def test_risks_as_json_is_one_document(chokepoint: Callable[..., Any], home: Path, published: Publication) -> None:
    ranked = json.loads(chokepoint(home, "risks", "--json", "--top", "5").out)
    assert ranked["origin"] == f"{published.origin:%Y-%m}"
    assert [row["rank"] for row in ranked["rows"]] == [1, 2, 3, 4, 5]
    risk = [row["risk_6m"] for row in ranked["rows"]]
    assert risk == sorted(risk, reverse=True)
    mali = json.loads(chokepoint(home, "risks", "--country", "mli", "--origin", "2025-08", "--json").out)
    shown = {(row["target"], row["horizon"]): row["risk"] for row in mali["rows"]}
    stored = published.forecasts[published.forecasts["origin"] == pd.Timestamp("2025-08")]
    (risk_6m,) = pick(stored, iso3="MLI", target="disruption", horizon=6)["risk"]
    assert shown["disruption", 6] == pytest.approx(risk_6m)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--country", "XXX"], "unknown country XXX: give ISO3 codes such as MLI"),
        (["--origin", "1980-01"], "origin 1980-01 is not published: choose one from 2024-11 to"),
        (["--origin", "August"], "month 'August' is not of the form YYYY-MM"),
    ],
    ids=["country", "origin", "month"],
)
def test_risks_of_what_is_not_there_fail_in_one_line(
    chokepoint: Callable[..., Any],
    home: Path,
    arguments: list[str],
    message: str,
) -> None:
    done = chokepoint(home, "risks", *arguments)
    assert done.code == 1
    (line,) = done.err.strip().splitlines()
    assert message in line
    assert done.out == ""


def test_skill_prints_both_versions_of_the_catalogue_and_json(chokepoint: Callable[..., Any], home: Path) -> None:
    done = chokepoint(home, "skill", "--target", "seizure")
    assert done.code == 0, done.err
    assert "seizure, origins all, catalogue version_1" in done.out
    assert "catalogue current" in done.out
    assert "lead: median months" in " ".join(done.out.split())
    assert "Differences with 95 % intervals over episodes: seizure, origins all" in done.out
    assert "Calibration of the champion: seizure" in done.out
    content = json.loads(chokepoint(home, "skill", "--json").out)
    assert {row["level_holds"] for row in content["calibration"]} <= {True, False}
    assert len(content["calibration"]) >= len(REPORTED_HORIZONS)
    assert {"auroc", "brier_skill_vs_climatology", "median_lead_months"} <= {row["metric"] for row in content["skill"]}
    pairs = {(row["model"], row["reference"]) for row in content["differences"]}
    assert {(CHAMPION, "own_history"), (CHAMPION, "history_by_kind")} <= pairs
    assert all(row["low"] <= row["high"] for row in content["differences"] if row["value"] is not None)
    failed = chokepoint(home, "skill", "--target", "plague")
    assert failed.code == 1
    assert "no scores for target 'plague'" in failed.err


def test_backtest_writes_the_rows_and_scores_that_were_asked_for(
    chokepoint: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    span = ("--from", "2000-01", "--to", "2000-12")
    what = ("--model", "own_history", "--target", "fighting", "--out", str(tmp_path / "out"))
    done = chokepoint(home, "backtest", *span, *what)
    assert done.code == 0, done.err
    table = read_back(tmp_path / "out" / "forecasts.parquet")
    BACKTEST.validate(table)
    assert set(table["model"]) == {"own_history"}
    assert set(table["target"]) == {"fighting"}
    assert sorted(table["origin"].unique()) == list(pd.date_range("2000-01", "2000-12", freq="MS"))
    assert table.loc[table["calm"], "observed"].notna().all()
    skill = pd.read_parquet(tmp_path / "out" / "skill.parquet")
    assert set(skill["target"]) == {"fighting"}
    assert (tmp_path / "out" / "differences.parquet").exists()
    assert str(tmp_path / "out") in done.out.replace("\n", "")


def test_a_study_writes_its_tables_figures_and_an_mlflow_run(chokepoint: Callable[..., Any], tmp_path: Path) -> None:
    what = ("--model", "own_history", "--from", "1999-12", "--to", "1999-12", "--out", str(tmp_path / "out"))
    done = chokepoint(tmp_path / "home", "study", "ablation", *what, "--json")
    assert done.code == 0, done.err
    said, folder = json.loads(done.out), tmp_path / "out" / "ablation"
    assert {p.name for p in folder.iterdir()} == {
        "about.json",
        "skill.parquet",
        "differences.parquet",
        "log_score_h06.png",
        "average_precision_h06.png",
    }
    assert json.loads((folder / "about.json").read_text())["model"] == said["model"] == "own_history"
    assert pd.read_parquet(folder / "differences.parquet")["reference"].nunique() == len(groups())
    run = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'home' / 'mlflow.db'}").get_run(said["run_id"])
    assert run.data.tags["study"] == "ablation"
    assert "log_score_minus_own_history_without_coups_disruption_h06" in run.data.metrics


def test_a_publication_of_an_earlier_version_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "current.json").write_text('{"folder": "old"}')
    with pytest.raises(FileNotFoundError, match=r"has no forecasts, drivers, .*, shadow: an earlier version"):
        read_publication(tmp_path)
