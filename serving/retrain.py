"""The main job: panel to features, backtest, champion, MLflow and publication, in one go."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from data import calendar
from data import panel as panels
from data.settings import REPOSITORY, settings
from features.build import feature_names
from serving import publish
from serving.feeding import feed_rows
from training import figures, retraining, situations, tracking
from training.backtest import Backtest, forecast_rows, write_forecast_rows
from training.folds import FIRST_BACKTEST_ORIGIN, FIRST_TRAINING_ORIGIN, require_scored_origin
from training.forecast import Stamp
from training.models.registry import CHAMPION, method
from training.skill import pick
from training.slices import REPORTED_HORIZONS

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Done:
    """What a retraining did."""

    registered: tracking.Registered
    folder: Path
    origin: pd.Timestamp
    skill: pd.DataFrame
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_mb: float = 0.0


def retrain(progress: Progress, first: pd.Timestamp = FIRST_BACKTEST_ORIGIN) -> Done:
    """Build, backtest, fit, track, register and publish; everything is written under the home folder.

    `first` is the first origin of the backtest; training rows always start at folds.FIRST_TRAINING_ORIGIN.
    """
    clock = retraining.Clock()
    with _shown(clock, progress, "panel"):
        panel = panels.load()
    stamp_at = pd.Timestamp(calendar.now()).tz_localize(None).floor("s")
    last = calendar.month_at(panel.last)
    require_scored_origin(first, last)
    with clock.stage("features"):
        rows = retraining.all_rows(panel, progress=progress)
    with clock.stage("backtest"):
        tested = retraining.backtest(rows, last, first, progress=progress)
    with _shown(clock, progress, "scores"):
        scored = retraining.scored(panel, tested)
    with _shown(clock, progress, "champion"):
        fitted = retraining.fit_champion(panel, rows, tested)
    with clock.stage("intervals"):
        spread = retraining.fit_intervals(panel, rows, tested, progress)
    with _shown(clock, progress, "drivers"):
        explained = publish.explain(panel, rows, fitted.newest)
    version = Stamp("candidate", stamp_at, panel.vintage)
    forecasts = publish.current_forecasts(panel, rows, tested, fitted.newest, fitted.previous, version, spread)
    with _shown(clock, progress, "backtest rows"):
        write_backtest(
            tested,
            panel,
            settings().home / "backtest" / "forecasts.parquet",
            Stamp("backtest", stamp_at, panel.vintage),
        )
    skill = scored.skill
    with _shown(clock, progress, "figures"):
        drawn = figures.all_figures(tested, scored.differences, forecasts, panel.units)
    with _shown(clock, progress, "mlflow"):
        registered = tracking.record(
            tracking.Record(
                tags={
                    "origin": f"{last:%Y-%m}",
                    "data_vintage": panel.vintage,
                    "code_commit": commit(),
                    "outcome": "promoted",
                },
                parameters={
                    "champion": CHAMPION,
                    "features": len(feature_names()),
                    "training_origins": f"{FIRST_TRAINING_ORIGIN:%Y-%m}..{last:%Y-%m}",
                    "backtest_origins": f"{first:%Y-%m}..{last:%Y-%m}",
                    "training_rows": len(rows.features),
                },
                summary=summary(scored, forecasts, panel),
                skill=skill,
                figures=drawn,
                tables={
                    "forecasts": forecasts,
                    "skill": skill,
                    "differences": scored.differences,
                    "drivers": explained,
                    "feeds": pd.DataFrame(feed_rows()).drop(columns=["addresses", "features", "targets"]),
                },
                datasets={
                    "features": (
                        rows.features.drop(columns="flags"),
                        panels.panel_folder() / "manifest.json",
                    ),
                    "episodes": (panel.episodes, REPOSITORY / "data" / "reference" / "episodes.csv"),
                },
                model=fitted.newest,
                seconds=clock.seconds,
            )
        )
    with _shown(clock, progress, "publish"):
        newest = forecasts["model_version"] == "candidate"
        forecasts = forecasts.assign(model_version=forecasts["model_version"].mask(newest, registered.version))
        seen = situations.inputs(fitted.newest, rows)
        issue = publish.Issue(
            forecasts,
            explained,
            skill,
            scored.differences,
            publish.history(tested, forecasts),
            seen,
            situations.encode(rows.features, seen),
            fitted.newest,
            drawn,
        )
        final = Stamp(registered.version, stamp_at, panel.vintage)
        folder = publish.publish(settings().published, issue, registered, final, method(CHAMPION).title)
    return Done(registered, folder, last, skill, clock.seconds, retraining.peak_memory_mb())


def write_backtest(tested: Backtest, panel: panels.Panel, path: Path, stamp: Stamp) -> int:
    """Write the backtest's forecast rows of every method to one parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_forecast_rows(forecast_rows(tested, stamp, panel.reached), path)


def summary(scored: retraining.Scored, forecasts: pd.DataFrame, panel: panels.Panel) -> str:
    """Say in Markdown what a reviewer should know first: how good, against what, and where to look."""
    lines = [
        f"**{method(CHAMPION).title}**, data vintage `{panel.vintage}`, newest origin {calendar.month_at(panel.last):%Y-%m}.",
        "",
        "Target `disruption`, calm rows, all scored origins, catalogue version 1:",
        "",
        "| months | AUROC | average precision | Brier skill vs climatology | own history's AUROC / AP |",
        "|---|---|---|---|---|",
    ]
    for horizon in REPORTED_HORIZONS:
        at = pick(scored.skill, target="disruption", horizon=horizon, window="all", episodes="version_1")
        value = {(r.model, r.metric): r.value for r in at.itertuples()}
        own = (
            value.get(("own_history", "auroc"), float("nan")),
            value.get(("own_history", "average_precision"), float("nan")),
        )
        lines.append(
            f"| {horizon} | {value[CHAMPION, 'auroc']:.3f} | {value[CHAMPION, 'average_precision']:.3f} "
            f"| {value[CHAMPION, 'brier_skill_vs_climatology']:.3f} | {own[0]:.3f} / {own[1]:.3f} |"
        )
    found = pick(scored.differences, target="disruption", window="all", episodes="version_1", metric="log_score")
    for reference in ("own_history", "history_by_kind"):
        at = pick(found, model=CHAMPION, reference=reference)
        spelled = ", ".join(f"{r.value:+.4f} ({r.low:+.4f} to {r.high:+.4f}) at {r.horizon}" for r in at.itertuples())
        lines += ["", f"Log score against {method(reference).title}, with 95 % intervals, by months ahead: {spelled}."]
    newest = forecasts[(forecasts["origin"] == forecasts["origin"].max()) & (forecasts["target"] == "disruption")]
    flagged = newest.loc[newest["flags"] != "", "flags"].str.split().explode().value_counts()
    words = ", ".join(f"{flag} ({count // len(calendar.HORIZONS)} capitals)" for flag, count in flagged.head(8).items())
    lines += [
        "",
        f"Feeds that were late or missing at the newest origin: {words or 'none'}.",
        "",
        "Look at `figures/differences_h06.png`, `figures/reliability_h06.png` and `figures/skill_by_horizon.png` first.",
    ]
    return "\n".join(lines)


def commit() -> str:
    """Return the commit of the code, or `unknown` outside a checkout."""
    made = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return made.stdout.strip() or "unknown"


@contextmanager
def _shown(clock: retraining.Clock, progress: Progress, name: str) -> Iterator[None]:
    progress(name, 0, 1)
    with clock.stage(name):
        yield
    progress(name, 1, 1)
