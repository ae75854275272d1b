"""The stages of a retraining whose outputs are kept until it is published: what each takes, makes and is for."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data import panel as panels
from data.settings import REPOSITORY, settings
from features.build import feature_names
from serving import issued, publish, run_note
from serving.bringing import bring
from serving.edition import read_edition, write_edition
from serving.feeding import feed_rows
from serving.job import Job, write_note
from serving.track_record import scored
from serving.work import key_of
from training import (
    drift,
    drift_figure,
    figures,
    promote,
    retraining,
    review_figures,
    revisions,
    situations,
    surprises,
    track_record_figure,
    tracking,
)
from training.backtest import forecast_rows, write_forecast_rows, write_hazards
from training.forecast import Stamp
from training.metric_names import drift_metrics, live_metrics
from training.model_card import Subject, model_card
from training.models.registry import CHAMPION, load_model, method, save_model
from training.records import Record
from training.track_record import verdict

SURPRISES = {
    "misses": (surprises.misses, "Largest misses: onsets of disruption ranked lowest in the six months before them"),
    "false_alarms": (surprises.false_alarms, "Largest false alarms: highest risks that twelve calm months followed"),
}
"""Tables and figures of where the backtest was most wrong."""


def features(job: Job, folder: Path) -> None:
    """Build the features of every origin that no job before has built from this panel."""
    path = job.kept.file("features", f"{key_of([job.panel.manifest, str(job.trained_from)])}.parquet")
    before = pd.read_parquet(path) if path.exists() else None
    made = retraining.all_features(job.panel, job.trained_from, job.progress, before=before)
    job.kept.put(path, lambda draft: made.to_parquet(draft, index=False, compression="zstd"))
    own = made[made["origin"] <= job.newest]
    own.to_parquet(folder / "features.parquet", index=False, compression="zstd")


def backtest(job: Job, folder: Path) -> None:
    """Forecast every past origin by what was known then; folds that this job or one before has finished are not made again."""
    folds = job.kept.folder("folds", key_of("a fold's name tells its rows", without=frozenset({"episodes.csv"})))
    tested = retraining.backtest(job.rows, job.newest, job.first, progress=job.progress, parts=folds)
    write_hazards(tested.hazards, folder / "hazards.npz")


def scores(job: Job, folder: Path) -> None:
    """Judge the backtest."""
    scored = retraining.scored(job.panel, job.tested)
    scored.skill.to_parquet(folder / "skill.parquet", index=False)
    scored.differences.to_parquet(folder / "differences.parquet", index=False)


def fit(job: Job, folder: Path) -> None:
    """Fit the method at the newest origin and at the one before."""
    fitted = retraining.fit_champion(job.panel, job.rows, job.tested)
    save_model(fitted.newest, folder / "model")
    save_model(fitted.previous, folder / "previous")


def intervals(job: Job, folder: Path) -> None:
    """Measure how far refits on redrawn capitals spread the newest origin's risks."""
    spread = retraining.fit_intervals(job.panel, job.rows, job.tested, job.progress)
    pd.DataFrame(spread).to_parquet(folder / "spread.parquet", index=False)


def forecasts(job: Job, folder: Path) -> None:
    """Forecast the newest origins and explain the newest."""
    model, previous = (load_model(job.work.path("fit") / name) for name in ("model", "previous"))
    spread = {target: column.to_numpy() for target, column in job.table("intervals", "spread").items()}
    rows = publish.current_forecasts(job.panel, job.rows, job.tested, model, previous, job.stamp, spread)
    rows.to_parquet(folder / "forecasts.parquet", index=False)
    publish.explain(job.panel, job.rows, model).to_parquet(folder / "drivers.parquet", index=False)


def backtest_rows(job: Job, folder: Path) -> None:
    """Write every method's past forecasts for `chokepoint case`."""
    path = settings().home / "backtest" / "forecasts.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    stamp = Stamp("backtest", job.stamp.issued_at, job.panel.vintage)
    write_note(folder, {"rows": write_forecast_rows(forecast_rows(job.tested, stamp, job.panel.reached), path)})


def track_record(job: Job, folder: Path) -> None:
    """Score what was published until now as far as its outcomes are known."""
    found = scored(job.panel, issued.read(settings().home), job.scored.differences)
    found.to_parquet(folder / "track_record.parquet", index=False)


def compare_with_past(job: Job, folder: Path) -> None:
    """Measure how far inputs, forecasts and labels have moved from those the model learned from."""
    seen = situations.inputs(load_model(job.work.path("fit") / "model"), job.rows)
    seen.to_parquet(folder / "inputs.parquet", index=False)
    truth = {version: of["disruption"] for version, of in retraining.truths(job.panel).items()}
    revised = revisions.revisions(job.panel, truth["version_1"], truth["current"])
    drift.write(drift.drift(job.panel, job.rows, seen, job.tested, revised), folder)


def draw(job: Job, folder: Path) -> None:
    """Draw the figures."""
    drawn = figures.all_figures(
        job.tested, job.scored.differences, job.table("forecasts", "forecasts"), job.panel.units
    )
    drawn["what_changed.png"] = review_figures.what_changed(job.table("forecasts", "forecasts"), job.panel.units)
    for name, (find, title) in SURPRISES.items():
        found = find(job.tested)
        found.to_parquet(folder / f"{name}.parquet", index=False)
        drawn[f"{name}.png"] = review_figures.case_files(job.panel, job.tested, found, title)
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
        "history": publish.history(job.tested, made),
        "inputs": seen,
        "situations": situations.encode(job.rows.features, seen),
        "spread": job.table("intervals", "spread").assign(iso3=job.newest_capitals),
        "feeds": pd.DataFrame(feed_rows()).drop(columns=["addresses", "features", "targets"]),
        "skill": job.scored.skill,
        "differences": job.scored.differences,
        "track_record": job.table("track_record", "track_record"),
        "drift": job.table("drift", "drift"),
        **{name: job.table("figures", name) for name in SURPRISES},
        "out_of_fold": promote.out_of_fold(job.tested),
    }
    stale = promote.stale_shares(made)
    about = {
        "origin": f"{job.newest:%Y-%m}",
        "data_vintage": job.panel.vintage,
        "title": method(CHAMPION).title,
        "stale": stale,
    }
    card = Subject(job.panel, job.scored, job.tested, stale, run_note.commit(), job.trained_from)
    write_edition(folder, job.work.path("fit") / "model", tables, job.work.path("figures"), about, model_card(card))


def record(job: Job, folder: Path) -> None:
    """Write the run into MLflow and register the model, without an alias yet."""
    made = job.challenger
    record = made.table("track_record")
    found_drift = drift.read(job.work.path("drift"))
    found = tracking.record(
        Record(
            tags={
                "origin": f"{job.newest:%Y-%m}",
                "data_vintage": job.panel.vintage,
                "code_commit": run_note.commit(),
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
            summary=run_note.summary(made),
            card=made.card,
            skill=job.scored.skill,
            datasets={
                "features": (job.rows.features.drop(columns="flags"), panels.panel_folder() / "manifest.json"),
                "episodes": (job.panel.episodes, REPOSITORY / "data" / "reference" / "episodes.csv"),
            },
            edition=made.folder,
            metrics=live_metrics(record) | drift_metrics(found_drift.table),
            load=job.load.samples,
            seconds=job.clock.seconds,
            key=job.work.key,
        )
    )
    write_note(folder, vars(found))


def champion(_: Job, folder: Path) -> None:
    """Bring the champion that the new version has to beat; say why where there is none to be had."""
    held = tracking.holder(tracking.ALIAS)
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
    other = None if held["unusable"] else read_edition(job.work.path("champion") / "edition")
    facts = promote.compare(job.panel, made.table("out_of_fold"), other.table("out_of_fold") if other else None)
    fresher = other is not None and (
        made.origin > other.origin
        or (made.origin == other.origin and made.about["data_vintage"] != other.about["data_vintage"])
    )
    inputs = promote.inputs_check(made.about["stale"], other.about["stale"] if other else None)
    decision = promote.decide(
        facts, fresher=fresher, rises=promote.curves_rise(made.forecasts), inputs=inputs, lone=held["unusable"]
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
