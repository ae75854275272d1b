"""The studies as commands: ablation, leave-out and learning curve, each with tables, figures and an MLflow run."""

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
    ABLATION: "The method with and without each feature group; above 0 (below 0 for the log score) the group adds.",
    LEAVE_OUT: "The method beside fits without the capital's own rows, or its region's; the difference is what was memorised.",
    LEARNING_CURVE: "The method fitted on the years just before each fit, or on a share of the capitals; the loss against all data shows what more data would add.",
}


@dataclass(frozen=True)
class StudyDescription:
    """Study, method, origins and provenance, as written to `about.json` and to the run's tags."""

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
class StudyResult:
    """A study's description, tables, folder and MLflow run."""

    description: StudyDescription
    skill: pd.DataFrame
    differences: pd.DataFrame
    folder: Path
    run_id: str


def studies_folder() -> Path:
    """Return the default folder of studies."""
    return settings().home / "studies"


def design(study: str, panel: Panel, rows: LabelledRows, model: str) -> tuple[list[Variant], list[Pair]]:
    """Return the variants that a study fits, and the pairs that it compares."""
    if study == ABLATION:
        return ablation.variants(rows, model), ablation.pairs(model)
    if study == LEARNING_CURVE:
        return learning_curve.variants(rows, model), learning_curve.pairs(model)
    region = dict(zip(panel.units["iso3"], panel.units["region"], strict=True))
    return leave_out.variants(rows, model, region), leave_out.pairs(model)


def run(
    study: str, first: str, last: str, model: str, refit_years: int, out: Path | None, progress: Progress
) -> StudyResult:
    """Run a study: refit, forecast, score and compare its variants; write `<out>/<study>/` and an MLflow run.

    Args:
        study: ABLATION, LEAVE_OUT or LEARNING_CURVE.
        first: first origin as YYYY-MM.
        last: last origin.
        model: name of the method.
        refit_years: years between refits.
        out: folder of studies; <home>/studies by default.
        progress: called with stage, steps done and steps in all.

    Raises:
        ValueError: the method or a month is unknown, or no origin of the span is scored.
        OSError: MLflow does not answer.
    """
    started = time.perf_counter()
    name = method(model).name
    panel = panels.load()
    start, until, newest = calendar.parse_month(first), calendar.parse_month(last), calendar.month_at(panel.last)
    if until > newest:
        raise ValueError(f"--to {last} lies after the panel's newest month {newest:%Y-%m}; choose an earlier origin")
    require_scored_origin(start, until)
    folds = rolling_folds(start, until, refit_years)
    rows = training_set.labelled_rows(panel, progress=progress, last=until)
    variants, pairs = design(study, panel, rows, name)
    tested = run_variants(rows, folds, variants, progress)
    progress("scores", 0, 1)
    truths = {
        version: truth for version, truth in training_set.outcomes_by_catalogue(panel).items() if version == "version_1"
    }
    skill, differences = skill_table(panel, tested, truths), difference_table(panel, tested, truths, pairs)
    progress("scores", 1, 1)
    description = StudyDescription(
        study,
        name,
        f"{start:%Y-%m}",
        f"{min(until, SCORED_TO):%Y-%m}",
        refit_years,
        len(folds) * len(variants),
        panel.vintage,
        commit(),
        f"{calendar.now():%Y-%m-%d}",
        round(time.perf_counter() - started, 1),
    )
    figures = {f"{metric}_h06.png": forest(differences, pairs, metric) for metric in ("log_score", "average_precision")}
    folder = write(out or studies_folder(), description, {"skill": skill, "differences": differences}, figures)
    run_id = record(description, skill, differences, figures, pairs)
    return StudyResult(description, skill, differences, folder, run_id)


def write(
    out: Path, description: StudyDescription, tables: dict[str, pd.DataFrame], figures: dict[str, Figure]
) -> Path:
    """Write a study's tables, figures and description, and return their folder."""
    folder = out / description.study
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=100)
    write_results(folder, tables, "about.json", description)
    return folder


def record(
    description: StudyDescription,
    skill: pd.DataFrame,
    differences: pd.DataFrame,
    figures: dict[str, Figure],
    pairs: Sequence[Pair],
) -> str:
    """Record the study in MLflow and return its run id."""
    return study_runs.record_study(
        f"{description.study} {description.model}",
        NOTES[description.study],
        tags={key: str(value) for key, value in asdict(description).items()},
        metrics=metric_names.difference_metrics(differences, pairs) | {"seconds": description.seconds},
        tables={"skill": skill, "differences": differences},
        figures=figures,
    )
