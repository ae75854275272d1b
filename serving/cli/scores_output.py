"""What commands print of scores: the skill table, differences with their intervals, and studies; tables or JSON."""

import json
from collections.abc import Iterable
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from data.contracts.forecasts import TARGETS
from data.settings import settings
from serving.cli.console import NARROW
from training.dataset.folds import WINDOWS
from training.evaluation.paired_differences import Pair
from training.evaluation.score_table import LARGEST_ERROR, LARGEST_FACTOR, calibration_table, pick
from training.evaluation.slices import REPORTED_HORIZONS
from training.models.registry import CHAMPION
from training.publication.publication import read_publication
from training.studies.run_backtest import Written
from training.studies.run_study import NOTES, Studied

console = Console()
LISTED = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "brier_skill_vs_climatology": "Brier skill vs climatology",
    "brier_skill_vs_own_history": "Brier skill vs own history",
    "log_score": "log score",
    "calibration_error": "calibration error",
    "recall_at_5pct": "recall at 5 %",
    "median_lead_months": "median lead, months",
}
SHORT = {
    "auroc": "AUROC",
    "average_precision": "AP",
    "brier_skill_vs_climatology": "BSS/cl",
    "brier_skill_vs_own_history": "BSS/oh",
    "log_score": "log",
    "calibration_error": "cal",
    "recall_at_5pct": "recall",
    "median_lead_months": "lead",
}
"""Headings that fit a terminal of 80 columns beside four decimals."""
LEGEND = (
    "AP average precision; BSS Brier skill against climatology and own history; log score and calibration error (cal): "
    "lower is better; recall: share of events in the twentieth of the rows with the highest risk; lead: median months."
)
COMPARED = ("log_score", "brier_skill_vs_climatology", "average_precision", "auroc")


def skill(target: str, window: str, as_json: bool) -> None:
    """Print the published skill table of a target and the differences between methods."""
    published = read_publication(settings().published)
    if target not in TARGETS or window not in WINDOWS:
        raise ValueError(
            f"no scores for target {target!r} and window {window!r}: targets are {', '.join(TARGETS)}, windows {', '.join(WINDOWS)}"
        )
    tables = {name: getattr(published, name) for name in ("skill", "differences")}
    if as_json:
        content = {name: records(pick(table, target=target, window=window)) for name, table in tables.items()}
        content["calibration"] = records(pick(calibration_table(published.skill, CHAMPION), target=target))
        console.print_json(json.dumps(content))
        return
    for version in tables["skill"]["episodes"].unique():
        print_skill(tables["skill"], target, window, version)
    print_differences(published.differences, printed_pairs(published.differences), target, window)
    print_calibration(calibration_table(published.skill, CHAMPION), target)


def backtested(written: Written, as_json: bool) -> None:
    """Print a backtest's scores and where its tables are."""
    if as_json:
        content = {"forecasts": str(written.forecasts), "rows": written.rows}
        tables = {"skill": records(written.skill), "differences": records(written.differences)}
        console.print_json(json.dumps(content | tables))
        return
    for target in written.skill["target"].unique():
        print_skill(written.skill, target, "all")
    console.print(f"{written.rows:,} forecast rows in {written.forecasts}; scores and differences in {written.folder}")


def studied(done: Studied, as_json: bool) -> None:
    """Print a study's differences over all its origins, and where its tables are."""
    if as_json:
        about = vars(done.about) | {"folder": str(done.folder), "run_id": done.run_id}
        tables = {"skill": records(done.skill), "differences": records(done.differences)}
        console.print_json(json.dumps(about | tables))
        return
    pairs = list(dict.fromkeys(zip(done.differences["model"], done.differences["reference"], strict=True)))
    for target in TARGETS:
        print_differences(done.differences, pairs, target, "all")
    console.print(NOTES[done.about.study], soft_wrap=True)
    console.print(
        f"{done.about.refits} refits, every {done.about.refit_years} years, in {done.about.seconds:.0f} s. "
        f"Tables and figures in {done.folder}; MLflow run {done.run_id}.",
        soft_wrap=True,
    )


def print_skill(table: pd.DataFrame, target: str, window: str, version: str = "version_1") -> None:
    """Print every method's scores of one target, window and catalogue."""
    rows = pick(table, target=target, window=window, episodes=version)
    shown = Table(
        title=f"Scores on calm rows: {target}, origins {window}, catalogue {version}", caption=LEGEND, **NARROW
    )
    shown.add_column("method", no_wrap=True)
    shown.add_column("h", justify="right", min_width=2)
    for metric in LISTED:
        shown.add_column(SHORT[metric], justify="right", no_wrap=True, min_width=6)
    for horizon in REPORTED_HORIZONS:
        for model in rows["model"].unique():
            at = pick(rows, model=model, horizon=horizon).set_index("metric")["value"]
            shown.add_row(model, str(horizon), *(_number(at.get(metric), metric) for metric in LISTED))
        shown.add_section()
    console.print(shown)


def print_calibration(table: pd.DataFrame, target: str, version: str = "version_1") -> None:
    """Print for every window whether the champion's risks add up to what happened, and how far its curve is off."""
    shown = Table(
        title=f"Calibration of the champion: {target}, catalogue {version}",
        caption=f"Risks must add up to the events within a factor {LARGEST_FACTOR}, and the calibration error lie below {LARGEST_ERROR} of the base rate.",
    )
    for name in ("origins", "months", "forecast / happened", "level", "error / base rate", "curve"):
        shown.add_column(name, justify="right")
    for row in pick(table, target=target, episodes=version).itertuples():
        level, curve = ("holds" if held else "[bold]off[/]" for held in (row.level_holds, row.curve_holds))
        numbers = (f"{row.share_forecast:.2f}", level, f"{row.calibration_error_of_base_rate:.2f}", curve)
        shown.add_row(row.window.replace("_", " "), str(row.horizon), *numbers)
    console.print(shown)


def print_differences(
    table: pd.DataFrame, pairs: Iterable[Pair], target: str, window: str, version: str = "version_1"
) -> None:
    """Print the differences of pairs of methods, in bold where the interval does not hold 0."""
    rows = pick(table, target=target, window=window, episodes=version)
    heading = f"Differences with 95 % intervals over episodes: {target}, origins {window}, catalogue {version}"
    console.print(heading, style="italic", soft_wrap=True)
    for model, reference in pairs:
        own = pick(rows, model=model, reference=reference)
        shown = Table(title=f"{model} against {reference}", title_justify="left", **NARROW)
        shown.add_column("h", justify="right", no_wrap=True)
        for metric in COMPARED:
            shown.add_column(LISTED[metric], min_width=18)
        for horizon in REPORTED_HORIZONS:
            at = {row.metric: difference(row) for row in pick(own, horizon=horizon).itertuples()}
            shown.add_row(str(horizon), *(at.get(metric, "").replace(" (", "\n(", 1) for metric in COMPARED))
        console.print(shown)
    console.print("Bold: the interval does not hold 0. Log score: below 0 is better; the others: above 0.")


def printed_pairs(table: pd.DataFrame) -> list[Pair]:
    """Return the pairs people read, the champion's first: both histories, and whatever has to beat them.

    Differences to climatology are in the JSON and the files: nobody doubts them.
    """
    found = dict.fromkeys(zip(table["model"], table["reference"], strict=True))
    kept = [(m, r) for m, r in found if m not in ("climatology", "own_history") and r != "climatology"]
    return sorted(kept, key=lambda pair: pair[0] != CHAMPION)


def difference(row: Any, mark: tuple[str, str] = ("[bold]", "[/]")) -> str:
    """Spell a difference and its interval, marked where the interval does not hold 0; empty where nothing happened."""
    if pd.isna(row.value):
        return ""
    spelled = f"{row.value:+.4f} ({row.low:+.4f}, {row.high:+.4f})"
    return f"{mark[0]}{spelled}{mark[1]}" if row.low > 0 or row.high < 0 else spelled


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as JSON objects; what is missing is null."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return rows


def _number(value: float | None, metric: str) -> str:
    if value is None or pd.isna(value):
        return ""
    return f"{value:.1f}" if metric == "median_lead_months" else f"{value:.4f}"
