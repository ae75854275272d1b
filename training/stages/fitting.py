"""Stages that build the features, fit the champion's method and forecast with it."""

from pathlib import Path

import pandas as pd

from training.champion.fit import fit_champion, fit_intervals
from training.dataset import training_set
from training.models.registry import load_model, save_model
from training.publication import forecast_tables
from training.stages.checkpoints import digest_key
from training.stages.context import Job


def features(job: Job, folder: Path) -> None:
    """Build the features of every origin; those that an earlier job built from this panel come from the cache."""
    path = job.cache.file("features", f"{digest_key([job.panel.manifest, str(job.trained_from)])}.parquet")
    cached = pd.read_parquet(path) if path.exists() else None
    table = training_set.all_features(job.panel, job.trained_from, job.progress, before=cached)
    job.cache.write(path, lambda draft: table.to_parquet(draft, index=False, compression="zstd"))
    table[table["origin"] <= job.newest].to_parquet(folder / "features.parquet", index=False, compression="zstd")


def fit(job: Job, folder: Path) -> None:
    """Fit the method at the newest origin and at the previous one."""
    fitted = fit_champion(job.panel, job.rows, job.backtest)
    save_model(fitted.newest, folder / "model")
    save_model(fitted.previous, folder / "previous")


def intervals(job: Job, folder: Path) -> None:
    """Measure the spread of the newest origin's risks over refits on resampled capitals."""
    spread = fit_intervals(job.panel, job.rows, job.backtest, job.progress)
    pd.DataFrame(spread).to_parquet(folder / "spread.parquet", index=False)


def forecasts(job: Job, folder: Path) -> None:
    """Forecast the newest origins and explain the newest."""
    model, previous = (load_model(job.checkpoints.path("fit") / name) for name in ("model", "previous"))
    spread = {target: column.to_numpy() for target, column in job.table("intervals", "spread").items()}
    rows = forecast_tables.current_forecasts(job.panel, job.rows, job.backtest, model, previous, job.provenance, spread)
    rows.to_parquet(folder / "forecasts.parquet", index=False)
    forecast_tables.newest_drivers(job.panel, job.rows, model).to_parquet(folder / "drivers.parquet", index=False)
