"""docs/skill.md: the champion's skill in short, its tables, and the studies, from a publication and the folder of studies."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from benchmarks.markdown import table
from benchmarks.study_document import search_section, study_figures, study_sections
from data.contracts.forecasts import TARGETS
from serving.cli.scores_output import COMPARED, LISTED, difference
from training.dataset.folds import SCORED_TO, WINDOWS
from training.evaluation.paired_differences import Pair
from training.evaluation.score_table import calibration_table, pick
from training.evaluation.slices import REPORTED_HORIZONS
from training.models.registry import CHAMPION, HISTORY_BY_KIND, OWN_HISTORY
from training.publication.publication import Publication

FIGURES = {
    "differences_h06.png": "Log score at six months: differences with 95 % intervals over episodes. To the right is better.",
    "skill_by_horizon.png": "Brier skill against climatology by horizon, with 95 % intervals.",
    "reliability_h06.png": "Reliability of the champion at six months.",
}
SCORES = LISTED | {"onset_recall_at_5pct": "onsets alerted", "share_forecast": "forecast / happened"}
SHOWN = (CHAMPION, HISTORY_BY_KIND, OWN_HISTORY)
AIMED: dict[tuple[str, str, str], dict[int, float]] = {
    ("disruption", "auroc", "all"): {1: 0.85, 3: 0.845, 6: 0.84, 12: 0.835},
    ("disruption", "average_precision", "all"): {1: 0.030, 3: 0.082, 6: 0.145, 12: 0.225},
    ("disruption", "brier_skill_vs_climatology", "all"): {1: 0.013, 3: 0.036, 6: 0.062, 12: 0.100},
    ("disruption", "average_precision", "since_2015"): {1: 0.031, 3: 0.085, 6: 0.155, 12: 0.260},
    ("strangulation", "average_precision", "all"): {12: 0.12},
    ("strangulation", "average_precision", "since_2015"): {12: 0.19},
    ("seizure", "auroc", "all"): {1: 0.81, 6: 0.79},
    ("fighting", "auroc", "all"): {1: 0.91},
}
"""Aims of the champion by target, metric, window and months ahead."""
HOW_TO_READ = """Scored are calm rows of 186 units: monthly origins, forecasts refitted on what was known then, one row a capital and origin. Log score and calibration error: lower is
better; the rest: higher is better. *Recall at 5 %* is the share of event rows among the twentieth of the rows with the highest risk; *onsets alerted* is the share of onsets with any such
alert in the h months before, and *median lead* how many months the first of them came before the onset. *Forecast / happened* is the sum of the risks over the number of events.

Intervals are 95 % bootstrap intervals over episodes: all rows whose outcome is one episode's onset are drawn together, a Poisson number of times, and the quiet rows capital by capital
(`training/evaluation/bootstrap.py` says why, and how often such intervals hold). A difference in **bold** has an interval that does not hold 0.

This page is about the champion. Every method's scores and differences, at every target, window and version of the catalogue, are in `skill.parquet` and `differences.parquet` of the publication and of its run in
MLflow; `chokepoint skill` prints them."""


def document(published: Publication, studies: Path, searches: Path, provenance: str) -> str:
    """Return the document; `studies` is the folder of `chokepoint study`, `searches` that of `chokepoint tune`."""
    skill, compared = published.skill, published.differences
    blocks = ["# How good the forecasts are", provenance]
    blocks += ["## Better than history?", against_history(compared), _figure("differences_h06.png")]
    blocks += ["## How far from what was wished for?", aims_table(skill), _figure("skill_by_horizon.png")]
    blocks += ["## Are the probabilities true?", calibration(skill), _figure("reliability_h06.png")]
    blocks += ["## How to read the tables", HOW_TO_READ]
    blocks += study_sections(studies, tuple(AIMED["disruption", "auroc", "all"].values()))
    blocks += search_section(searches)
    blocks += ["## The champion by target"]
    for target in TARGETS:
        for window in WINDOWS:
            rows = pick(skill, target=target, window=window, episodes="version_1")
            blocks += [f"### {target}, {_span(window)}", scores_table(rows, SHOWN)]
        pairs = [(CHAMPION, reference) for reference in SHOWN[1:]]
        blocks += [f"### {target}: differences", differences_table(compared, pairs, target, WINDOWS)]
    return "\n\n".join(blocks) + "\n"


def against_history(compared: pd.DataFrame) -> str:
    """Return the champion's log score minus each history's, by target and window, at every horizon."""
    rows = [["target", "against", "origins", *(f"h = {h}" for h in REPORTED_HORIZONS)]]
    better = certain = 0
    for target in TARGETS:
        for reference in SHOWN[1:]:
            for window in WINDOWS:
                where = {"target": target, "window": window, "episodes": "version_1", "metric": "log_score"}
                own = pick(compared, model=CHAMPION, reference=reference, **where)
                at = {row.horizon: row for row in own.itertuples()}
                better += sum(row.value < 0 for row in at.values())
                certain += sum(row.high < 0 for row in at.values())
                cells = [difference(at[h], ("**", "**")) if h in at else "" for h in REPORTED_HORIZONS]
                rows.append([target, reference, window.replace("_", " "), *cells])
    total = (len(rows) - 1) * len(REPORTED_HORIZONS)
    summary = f"The champion's log score is better in {better} of {total} comparisons, and in {certain} the interval does not hold 0. Champion minus history, below 0 is better:"
    return f"{summary}\n\n{table(rows)}"


def aims_table(skill: pd.DataFrame) -> str:
    """Return the champion's scores beside the aims; reached ones in bold."""
    rows = [["target", "score", "origins", *(f"h = {h}" for h in REPORTED_HORIZONS)]]
    reached = wished = 0
    for (target, metric, window), aims in AIMED.items():
        own = pick(skill, model=CHAMPION, target=target, metric=metric, window=window, episodes="version_1")
        at = own.set_index("horizon")["value"]
        cells = []
        for horizon in REPORTED_HORIZONS:
            value, aim = at.get(horizon), aims.get(horizon)
            holds = value is not None and aim is not None and value >= aim
            reached, wished = reached + holds, wished + (aim is not None)
            mark = "**" if holds else ""
            cells.append("" if aim is None or value is None else f"{mark}{value:.3f}{mark} of {aim:.3f}")
        rows.append([target, LISTED[metric], window.replace("_", " "), *cells])
    return f"{reached} of {wished} are reached. Score reached, of what was wished for; bold where it is reached:\n\n{table(rows)}"


def calibration(skill: pd.DataFrame) -> str:
    """Return the champion's sums of risks over events and calibration errors over base rates; failed bounds in bold."""
    found = pick(calibration_table(skill, CHAMPION), episodes="version_1")
    rows = [["target", "origins", *(f"h = {h}" for h in REPORTED_HORIZONS)]]
    for target in TARGETS:
        for window in WINDOWS:
            at = pick(found, target=target, window=window).set_index("horizon")
            cells = []
            for horizon in REPORTED_HORIZONS:
                if horizon not in at.index:
                    cells.append("")
                    continue
                row = at.loc[horizon]
                share = _marked(f"{row['share_forecast']:.2f}", row["level_holds"])
                error = _marked(f"{row['calibration_error_of_base_rate']:.2f}", row["curve_holds"])
                cells.append(f"{share} / {error}")
            rows.append([target, window.replace("_", " "), *cells])
    held, curves = int(found["level_holds"].sum()), int(found["curve_holds"].sum())
    return (
        f"In {held} of {len(found)} cases the sum of the risks lies within a factor 1.25 of the number of events, in {curves} the calibration error lies below a quarter of the base rate. Forecast / happened, then calibration "
        f"error / base rate; bold where it fails:\n\n{table(rows)}"
    )


def scores_table(rows: pd.DataFrame, models: Iterable[str]) -> str:
    """Return methods' scores by horizon."""
    lines = [["method", "h", "events", *SCORES.values()]]
    for model in models:
        for horizon in REPORTED_HORIZONS:
            at = pick(rows, model=model, horizon=horizon).set_index("metric")["value"]
            lines.append([model, str(horizon), *(_number(at.get(metric), metric) for metric in ("events", *SCORES))])
    return table(lines)


def differences_table(
    compared: pd.DataFrame, pairs: Iterable[Pair], target: str, windows: Iterable[str], horizons: Iterable[int] = ()
) -> str:
    """Return the differences of pairs by window and horizon, on version 1 of the catalogue."""
    rows = pick(compared, target=target, episodes="version_1")
    lines = [["method", "against", "origins", "h", *(LISTED[metric] for metric in COMPARED)]]
    for model, reference in pairs:
        for window in windows:
            own = pick(rows, model=model, reference=reference, window=window)
            for horizon in horizons or REPORTED_HORIZONS:
                at = {row.metric: difference(row, ("**", "**")) for row in pick(own, horizon=horizon).itertuples()}
                cells = [at.get(metric, "") for metric in COMPARED]
                lines.append([model, reference, window.replace("_", " "), str(horizon), *cells])
    return table(lines)


def figure_files(published: Publication, studies: Path) -> dict[str, Path]:
    """Return the paths of the document's figures by file name."""
    return {name: published.folder / "figures" / name for name in FIGURES} | study_figures(studies)


def _figure(name: str) -> str:
    return f"![{FIGURES[name]}](skill/{name})\n\n{FIGURES[name]}"


def _marked(spelled: str, holds: bool) -> str:
    return spelled if holds else f"**{spelled}**"


def _span(window: str) -> str:
    return f"origins {WINDOWS[window]:%Y-%m} to {SCORED_TO:%Y-%m}"


def _number(value: float | None, metric: str) -> str:
    if value is None or pd.isna(value):
        return ""
    places = {"events": 0, "median_lead_months": 1, "share_forecast": 2, "onset_recall_at_5pct": 3, "recall_at_5pct": 3}
    return f"{value:.{places.get(metric, 4)}f}"
