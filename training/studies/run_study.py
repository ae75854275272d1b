"""The studies as commands: what each feature group adds, and what is memorised; tables, a figure and an MLflow run."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from data import calendar
from data.panel import panel as panels
from data.panel.panel import Panel
from data.progress import Progress
from data.settings import settings
from training.dataset import training_set
from training.dataset.folds import SCORED_TO, require_scored_origin, rolling_folds
from training.dataset.rows import LabelledRows
from training.evaluation.paired_differences import Pair, difference_table
from training.evaluation.score_table import skill_table
from training.figures.differences import forest
from training.models.registry import method
from training.studies import ablation, learning_curve, leave_out
from training.studies.results import write_results
from training.studies.variants import Variant, run_variants
from training.tracking import metric_names, study_runs
from training.tracking.code_version import commit

ABLATION, LEAVE_OUT, LEARNING_CURVE = "ablation", "leave-out", "learning-curve"
NOTES = {
    ABLATION: "The method beside itself without each feature group; above 0 (below 0 for the log score) the group adds.",
    LEAVE_OUT: "The method beside fits that never saw the capital's own rows, or its region's; the difference is what was memorised.",
    LEARNING_CURVE: "The method learned from the years just before each fit, or from a share of the capitals; what is lost against all shows what more would bring.",
}


@dataclass(frozen=True)
class About:
    """Which study of which method this is, and on what."""

    study: str
    model: str
    first: str
    last: str
    refit_years: int
    refits: int
    data_vintage: str
    code_commit: str
    made_at: str
    seconds: float


@dataclass(frozen=True)
class Studied:
    """A study's record, tables and folder."""

    about: About
    skill: pd.DataFrame
    differences: pd.DataFrame
    folder: Path
    run_id: str


def studies_folder() -> Path:
    """Return where studies are kept unless `--out` says otherwise."""
    return settings().home / "studies"


def plan(study: str, panel: Panel, rows: LabelledRows, model: str) -> tuple[list[Variant], list[Pair]]:
    """Return what a study fits, and what it compares."""
    if study == ABLATION:
        return ablation.variants(rows, model), ablation.pairs(model)
    if study == LEARNING_CURVE:
        return learning_curve.variants(rows, model), learning_curve.pairs(model)
    region = dict(zip(panel.units["iso3"], panel.units["region"], strict=True))
    return leave_out.variants(rows, model, region), leave_out.pairs(model)


def run(
    study: str, first: str, last: str, model: str, refit_years: int, out: Path | None, progress: Progress
) -> Studied:
    """Refit, forecast, score and compare; write `<out>/<study>/` and an MLflow run."""
    begun = time.perf_counter()
    name = method(model).name
    panel = panels.load()
    start, until, newest = calendar.parse_month(first), calendar.parse_month(last), calendar.month_at(panel.last)
    if until > newest:
        raise ValueError(f"--to {last} lies after the panel's newest month {newest:%Y-%m}; choose an earlier origin")
    require_scored_origin(start, until)
    folds = rolling_folds(start, until, refit_years)
    rows = training_set.labelled_rows(panel, progress=progress, last=until)
    variants, pairs = plan(study, panel, rows, name)
    tested = run_variants(rows, folds, variants, progress)
    progress("scores", 0, 1)
    truths = {
        version: truth for version, truth in training_set.outcomes_by_catalogue(panel).items() if version == "version_1"
    }
    skill, differences = skill_table(panel, tested, truths), difference_table(panel, tested, truths, pairs)
    progress("scores", 1, 1)
    about = About(
        study,
        name,
        f"{start:%Y-%m}",
        f"{min(until, SCORED_TO):%Y-%m}",
        refit_years,
        len(folds) * len(variants),
        panel.vintage,
        commit(),
        f"{calendar.now():%Y-%m-%d}",
        round(time.perf_counter() - begun, 1),
    )
    figures = {f"{metric}_h06.png": forest(differences, pairs, metric) for metric in ("log_score", "average_precision")}
    folder = write(out or studies_folder(), about, {"skill": skill, "differences": differences}, figures)
    run_id = record(about, skill, differences, figures, pairs)
    return Studied(about, skill, differences, folder, run_id)


def write(out: Path, about: About, tables: dict[str, pd.DataFrame], figures: dict[str, Figure]) -> Path:
    """Write a study's tables, figures and record; each file appears whole."""
    folder = out / about.study
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=100)
    write_results(folder, tables, "about.json", about)
    return folder


def record(
    about: About, skill: pd.DataFrame, differences: pd.DataFrame, figures: dict[str, Figure], pairs: Sequence[Pair]
) -> str:
    """Leave the study in MLflow; return its run."""
    return study_runs.record_study(
        f"{about.study} {about.model}",
        NOTES[about.study],
        tags={key: str(value) for key, value in asdict(about).items()},
        metrics=metric_names.difference_metrics(differences, pairs) | {"seconds": about.seconds},
        tables={"skill": skill, "differences": differences},
        figures=figures,
    )
