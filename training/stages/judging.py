"""Stages that judge the method: backtest, scores, track record of published forecasts, drift."""

from pathlib import Path

from data.settings import settings
from training.dataset import training_set
from training.evaluation import judge
from training.evaluation.backtest_table import forecast_rows, published_path, write_forecast_rows
from training.evaluation.hazard_files import write_hazards
from training.explanation import analogues
from training.forecasting.forecast import Provenance
from training.models.registry import load_model
from training.monitoring import drift as drift_reports
from training.monitoring.label_revisions import label_revisions
from training.monitoring.live_record import live_track_record
from training.publication import archive
from training.stages.checkpoints import digest_key
from training.stages.context import Job, write_result


def backtest(job: Job, folder: Path) -> None:
    """Forecast every past origin as of then; finished folds, of this job or earlier ones, come from the cache."""
    folds = job.cache.folder("folds", digest_key("folds", without=frozenset({"episodes.csv"})))
    backtest = judge.backtest_methods(job.rows, job.newest, job.first, progress=job.progress, parts=folds)
    write_hazards(backtest.hazards, folder / "hazards.npz")


def scores(job: Job, folder: Path) -> None:
    """Score the backtest."""
    tables = judge.score_backtest(job.panel, job.backtest)
    tables.skill.to_parquet(folder / "skill.parquet", index=False)
    tables.differences.to_parquet(folder / "differences.parquet", index=False)


def backtest_rows(job: Job, folder: Path) -> None:
    """Write every method's backtest forecasts, which `chokepoint case` reads."""
    path = published_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    provenance = Provenance("backtest", job.provenance.issued_at, job.panel.vintage)
    write_result(
        folder, {"rows": write_forecast_rows(forecast_rows(job.backtest, provenance, job.panel.known_to), path)}
    )


def track_record(job: Job, folder: Path) -> None:
    """Score the published forecasts whose outcomes are known."""
    record = live_track_record(job.panel, archive.read(settings().home), job.scored.differences)
    record.to_parquet(folder / "track_record.parquet", index=False)


def drift(job: Job, folder: Path) -> None:
    """Measure the drift of inputs, forecasts and labels from those the model was fitted on."""
    inputs = analogues.inputs(load_model(job.checkpoints.path("fit") / "model"), job.rows)
    inputs.to_parquet(folder / "inputs.parquet", index=False)
    truth = {version: of["disruption"] for version, of in training_set.outcomes_by_catalogue(job.panel).items()}
    revised = label_revisions(job.panel, truth["version_1"], truth["current"])
    drift_reports.write(drift_reports.measure_drift(job.panel, job.rows, inputs, job.backtest, revised), folder)
