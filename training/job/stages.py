"""The stages of a retraining whose outputs are kept until it is published: what each takes, makes and is for."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.panel.folder import panel_folder
from data.settings import REPOSITORY, settings
from features.build import feature_names
from training.champion import comparison
from training.champion.fit import fit_champion, fit_intervals
from training.dataset import training_set
from training.evaluation import judge, worst_errors
from training.evaluation.backtest import forecast_rows, write_forecast_rows, write_hazards
from training.explanation import analogues
from training.figures import backtest as figures
from training.figures import drift as drift_figure
from training.figures import review
from training.figures import track_record as track_record_figure
from training.forecasting.forecast import Stamp
from training.job import run_description
from training.job.checkpoints import key_of
from training.job.context import Job, write_note
from training.models.registry import CHAMPION, load_model, method, save_model
from training.monitoring import drift
from training.monitoring.feed_status import feed_rows
from training.monitoring.label_revisions import label_revisions
from training.monitoring.live_record import live_track_record
from training.monitoring.track_record import verdict
from training.publication import archive, build
from training.publication.download import bring
from training.publication.model_bundle import read_bundle, write_bundle
from training.tracking import code_version, model_registry, retraining_runs
from training.tracking.metric_names import drift_metrics, live_metrics
from training.tracking.model_card import Subject, model_card
from training.tracking.records import RetrainingRecord

SURPRISES = {
    "misses": (worst_errors.misses, "Largest misses: onsets of disruption ranked lowest in the six months before them"),
    "false_alarms": (worst_errors.false_alarms, "Largest false alarms: highest risks that twelve calm months followed"),
}
"""Tables and figures of where the backtest was most wrong."""


def features(job: Job, folder: Path) -> None:
    """Build the features of every origin that no job before has built from this panel."""
    path = job.kept.file("features", f"{key_of([job.panel.manifest, str(job.trained_from)])}.parquet")
    before = pd.read_parquet(path) if path.exists() else None
    made = training_set.all_features(job.panel, job.trained_from, job.progress, before=before)
    job.kept.put(path, lambda draft: made.to_parquet(draft, index=False, compression="zstd"))
    own = made[made["origin"] <= job.newest]
    own.to_parquet(folder / "features.parquet", index=False, compression="zstd")


def backtest(job: Job, folder: Path) -> None:
    """Forecast every past origin by what was known then; folds that this job or one before has finished are not made again."""
    folds = job.kept.folder("folds", key_of("a fold's name tells its rows", without=frozenset({"episodes.csv"})))
    tested = judge.backtest(job.rows, job.newest, job.first, progress=job.progress, parts=folds)
    write_hazards(tested.hazards, folder / "hazards.npz")


def scores(job: Job, folder: Path) -> None:
    """Judge the backtest."""
    tables = judge.score_backtest(job.panel, job.tested)
    tables.skill.to_parquet(folder / "skill.parquet", index=False)
    tables.differences.to_parquet(folder / "differences.parquet", index=False)


def fit(job: Job, folder: Path) -> None:
    """Fit the method at the newest origin and at the one before."""
    fitted = fit_champion(job.panel, job.rows, job.tested)
    save_model(fitted.newest, folder / "model")
    save_model(fitted.previous, folder / "previous")


def intervals(job: Job, folder: Path) -> None:
    """Measure how far refits on redrawn capitals spread the newest origin's risks."""
    spread = fit_intervals(job.panel, job.rows, job.tested, job.progress)
    pd.DataFrame(spread).to_parquet(folder / "spread.parquet", index=False)


def forecasts(job: Job, folder: Path) -> None:
    """Forecast the newest origins and explain the newest."""
    model, previous = (load_model(job.work.path("fit") / name) for name in ("model", "previous"))
    spread = {target: column.to_numpy() for target, column in job.table("intervals", "spread").items()}
    rows = build.current_forecasts(job.panel, job.rows, job.tested, model, previous, job.stamp, spread)
    rows.to_parquet(folder / "forecasts.parquet", index=False)
    build.explain(job.panel, job.rows, model).to_parquet(folder / "drivers.parquet", index=False)


def backtest_rows(job: Job, folder: Path) -> None:
    """Write every method's past forecasts for `chokepoint case`."""
    path = settings().home / "backtest" / "forecasts.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    stamp = Stamp("backtest", job.stamp.issued_at, job.panel.vintage)
    write_note(folder, {"rows": write_forecast_rows(forecast_rows(job.tested, stamp, job.panel.reached), path)})


def track_record(job: Job, folder: Path) -> None:
    """Score what was published until now as far as its outcomes are known."""
    found = live_track_record(job.panel, archive.read(settings().home), job.scored.differences)
    found.to_parquet(folder / "track_record.parquet", index=False)


def compare_with_past(job: Job, folder: Path) -> None:
    """Measure how far inputs, forecasts and labels have moved from those the model learned from."""
    seen = analogues.inputs(load_model(job.work.path("fit") / "model"), job.rows)
    seen.to_parquet(folder / "inputs.parquet", index=False)
    truth = {version: of["disruption"] for version, of in training_set.outcomes_by_catalogue(job.panel).items()}
    revised = label_revisions(job.panel, truth["version_1"], truth["current"])
    drift.write(drift.measure_drift(job.panel, job.rows, seen, job.tested, revised), folder)


def draw(job: Job, folder: Path) -> None:
    """Draw the figures."""
    drawn = figures.all_figures(
        job.tested, job.scored.differences, job.table("forecasts", "forecasts"), job.panel.units
    )
    drawn["what_changed.png"] = review.what_changed(job.table("forecasts", "forecasts"), job.panel.units)
    for name, (find, title) in SURPRISES.items():
        found = find(job.tested)
        found.to_parquet(folder / f"{name}.parquet", index=False)
        drawn[f"{name}.png"] = review.case_files(job.panel, job.tested, found, title)
    drawn["drift.png"] = drift_figure.draw(drift.read(job.work.path("drift")))
    drawn["track_record.png"] = track_record_figure.draw(job.table("track_record", "track_record"))
    for name, figure in drawn.items():
        figure.savefig(folder / name, dpi=100)


def edition(job: Job, folder: Path) -> None:
    """Gather what belongs to the new version."""
    made = job.table("forecasts", "forecasts")
    seen = job.table("drift", "inputs")
    tables = {
        "forecasts": made,
        "drivers": job.table("forecasts", "drivers"),
        "history": build.history(job.tested, made),
        "inputs": seen,
        "situations": analogues.encode(job.rows.features, seen),
        "spread": job.table("intervals", "spread").assign(iso3=job.newest_capitals),
        "feeds": pd.DataFrame(feed_rows()).drop(columns=["addresses", "features", "targets"]),
        "skill": job.scored.skill,
        "differences": job.scored.differences,
        "track_record": job.table("track_record", "track_record"),
        "drift": job.table("drift", "drift"),
        **{name: job.table("figures", name) for name in SURPRISES},
        "out_of_fold": comparison.out_of_fold(job.tested),
    }
    stale = comparison.stale_shares(made)
    about = {
        "origin": f"{job.newest:%Y-%m}",
        "data_vintage": job.panel.vintage,
        "title": method(CHAMPION).title,
        "stale": stale,
    }
    card = Subject(job.panel, job.scored, job.tested, stale, code_version.commit(), job.trained_from)
    write_bundle(folder, job.work.path("fit") / "model", tables, job.work.path("figures"), about, model_card(card))


def record(job: Job, folder: Path) -> None:
    """Write the run into MLflow and register the model, without an alias yet."""
    made = job.challenger
    record = made.table("track_record")
    found_drift = drift.read(job.work.path("drift"))
    found = retraining_runs.record_retraining(
        RetrainingRecord(
            tags={
                "origin": f"{job.newest:%Y-%m}",
                "data_vintage": job.panel.vintage,
                "code_commit": code_version.commit(),
                "backfilled": str(job.backfilled).lower(),
                "track_record": verdict(record),
                "drift": "; ".join(found_drift.flags) or "no flag",
            },
            parameters={
                "champion": CHAMPION,
                "features": len(feature_names()),
                "training_origins": f"{job.trained_from:%Y-%m}..{job.newest:%Y-%m}",
                "backtest_origins": f"{job.first:%Y-%m}..{job.newest:%Y-%m}",
                "training_rows": len(job.rows.features),
            },
            summary=run_description.summary(made),
            card=made.card,
            skill=job.scored.skill,
            datasets={
                "features": (job.rows.features.drop(columns="flags"), panel_folder() / "manifest.json"),
                "episodes": (job.panel.episodes, REPOSITORY / "data" / "reference" / "episodes.csv"),
            },
            bundle=made.folder,
            metrics=live_metrics(record) | drift_metrics(found_drift.table),
            resource_usage=job.load.samples,
            seconds=job.clock.seconds,
            key=job.work.key,
        )
    )
    write_note(folder, vars(found))


def champion(_: Job, folder: Path) -> None:
    """Bring the champion that the new version has to beat; say why where there is none to be had."""
    held = model_registry.champion()
    if held is None:
        write_note(folder, {"version": "", "unusable": "there was no champion yet"})
        return
    why = bring(held, folder / "edition")
    if why:
        shutil.rmtree(folder / "edition", ignore_errors=True)
    write_note(folder, {**vars(held), "unusable": why})


def compare(job: Job, folder: Path) -> None:
    """Hold the new version against the champion and decide."""
    held, made = job.note("champion"), job.challenger
    if held["version"] == job.registered.version:
        write_note(folder, _settled_before(held))
        return
    other = None if held["unusable"] else read_bundle(job.work.path("champion") / "edition")
    facts = comparison.compare(job.panel, made.table("out_of_fold"), other.table("out_of_fold") if other else None)
    fresher = other is not None and (
        made.origin > other.origin
        or (made.origin == other.origin and made.about["data_vintage"] != other.about["data_vintage"])
    )
    inputs = comparison.inputs_check(made.about["stale"], other.about["stale"] if other else None)
    decision = comparison.decide(
        facts, fresher=fresher, rises=comparison.curves_rise(made.forecasts), inputs=inputs, lone=held["unusable"]
    )
    content = {
        "promoted": decision.promoted,
        "reason": decision.reason,
        "inputs_fresh": inputs.passed,
        "against": held["version"],
        "checks": [vars(check) for check in decision.checks],
        "rows": facts.rows,
        "log_score": dict(facts.log_score),
    }
    write_note(folder, content)


def _settled_before(held: dict[str, str]) -> dict[str, object]:
    """Return the decision on a version that is champion already: its publication was lost, or somebody promoted it."""
    reason = f"version {held['version']} is champion already"
    return {"promoted": True, "reason": reason, "inputs_fresh": True, "against": held["version"], "checks": []}


@dataclass(frozen=True)
class Stage:
    """A step whose output is kept, by the name of its folder."""

    name: str
    make: Callable[[Job, Path], None]


STAGES = (
    Stage("features", features),
    Stage("backtest", backtest),
    Stage("scores", scores),
    Stage("fit", fit),
    Stage("intervals", intervals),
    Stage("forecasts", forecasts),
    Stage("backtest_rows", backtest_rows),
    Stage("track_record", track_record),
    Stage("drift", compare_with_past),
    Stage("figures", draw),
    Stage("edition", edition),
    Stage("record", record),
    Stage("champion", champion),
    Stage("compare", compare),
)
