"""Stages that draw the figures, write the model bundle, and record it in MLflow."""

from pathlib import Path

import pandas as pd

from data.panel.folder import panel_folder
from data.settings import REPOSITORY
from features.build import feature_names
from training.champion import comparison
from training.evaluation import worst_errors
from training.explanation import analogues
from training.figures import backtest as backtest_figures
from training.figures import drift as drift_figure
from training.figures import review
from training.figures import track_record as track_record_figure
from training.models.registry import CHAMPION, method
from training.monitoring import drift
from training.monitoring.feed_status import feed_rows
from training.monitoring.track_record import verdict
from training.publication import forecast_tables
from training.publication.model_bundle import write_bundle
from training.stages import run_description
from training.stages.context import Job, write_result
from training.tracking import code_version, retraining_runs
from training.tracking.metric_names import drift_metrics, live_metrics
from training.tracking.model_card import Subject, model_card
from training.tracking.records import RetrainingRecord

WORST_ERRORS = {
    "misses": (worst_errors.misses, "Largest misses: onsets of disruption ranked lowest in the six months before them"),
    "false_alarms": (worst_errors.false_alarms, "Largest false alarms: highest risks that twelve calm months followed"),
}
"""Functions and titles of the tables and figures of the backtest's worst errors."""


def figures(job: Job, folder: Path) -> None:
    """Draw the figures of the run, and write the tables of the backtest's worst errors."""
    forecasts = job.table("forecasts", "forecasts")
    drawn = backtest_figures.all_figures(job.backtest, job.scored.differences, forecasts, job.panel.units)
    drawn["what_changed.png"] = review.what_changed(forecasts, job.panel.units)
    for name, (find, title) in WORST_ERRORS.items():
        errors = find(job.backtest)
        errors.to_parquet(folder / f"{name}.parquet", index=False)
        drawn[f"{name}.png"] = review.case_files(job.panel, job.backtest, errors, title)
    drawn["drift.png"] = drift_figure.draw(drift.read(job.checkpoints.path("drift")))
    drawn["track_record.png"] = track_record_figure.draw(job.table("track_record", "track_record"))
    for name, figure in drawn.items():
        figure.savefig(folder / name, dpi=100)


def bundle(job: Job, folder: Path) -> None:
    """Write the new version's model bundle: model, tables, figures and model card."""
    forecasts = job.table("forecasts", "forecasts")
    inputs = job.table("drift", "inputs")
    tables = {
        "forecasts": forecasts,
        "drivers": job.table("forecasts", "drivers"),
        "history": forecast_tables.history(job.backtest, forecasts),
        "inputs": inputs,
        "situations": analogues.encode(job.rows.features, inputs),
        "spread": job.table("intervals", "spread").assign(iso3=job.newest_capitals),
        "feeds": pd.DataFrame(feed_rows()).drop(columns=["addresses", "features", "targets"]),
        "skill": job.scored.skill,
        "differences": job.scored.differences,
        "track_record": job.table("track_record", "track_record"),
        "drift": job.table("drift", "drift"),
        **{name: job.table("figures", name) for name in WORST_ERRORS},
        "out_of_fold": comparison.out_of_fold(job.backtest),
    }
    stale = comparison.stale_shares(forecasts)
    about = {
        "origin": f"{job.newest:%Y-%m}",
        "data_vintage": job.panel.vintage,
        "title": method(CHAMPION).title,
        "stale": stale,
    }
    card = model_card(Subject(job.panel, job.scored, job.backtest, stale, code_version.commit(), job.trained_from))
    model, figures = job.checkpoints.path("fit") / "model", job.checkpoints.path("figures")
    write_bundle(folder, model, tables, figures, about, card)


def record(job: Job, folder: Path) -> None:
    """Record the run in MLflow and register the model, without an alias yet."""
    bundle = job.challenger
    track_record, drifted = bundle.table("track_record"), drift.read(job.checkpoints.path("drift"))
    version = retraining_runs.record_retraining(
        RetrainingRecord(
            tags={
                "origin": f"{job.newest:%Y-%m}",
                "data_vintage": job.panel.vintage,
                "code_commit": code_version.commit(),
                "backfilled": str(job.backfilled).lower(),
                "track_record": verdict(track_record),
                "drift": "; ".join(drifted.flags) or "no flag",
            },
            parameters={
                "champion": CHAMPION,
                "features": len(feature_names()),
                "training_origins": f"{job.trained_from:%Y-%m}..{job.newest:%Y-%m}",
                "backtest_origins": f"{job.first:%Y-%m}..{job.newest:%Y-%m}",
                "training_rows": len(job.rows.features),
            },
            summary=run_description.summary(bundle),
            card=bundle.card,
            skill=job.scored.skill,
            datasets={
                "features": (job.rows.features.drop(columns="flags"), panel_folder() / "manifest.json"),
                "episodes": (job.panel.episodes, REPOSITORY / "data" / "reference" / "episodes.csv"),
            },
            bundle=bundle.folder,
            metrics=live_metrics(track_record) | drift_metrics(drifted.table),
            resource_usage=job.usage.samples,
            seconds=job.clock.seconds,
            key=job.checkpoints.key,
        )
    )
    write_result(folder, vars(version))
