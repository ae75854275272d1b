"""Tables of scores as commands print them: skill, calibration, and differences with their intervals."""

import json
from collections.abc import Iterable
from typing import Any

import pandas as pd
from rich.table import Table

from serving.cli.console import NARROW, console
from training.evaluation.paired_differences import Pair
from training.evaluation.score_table import LARGEST_ERROR, LARGEST_FACTOR, pick
from training.evaluation.slices import REPORTED_HORIZONS
from training.models.registry import CHAMPION, CLIMATOLOGY, SKILL_REFERENCES

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
    """Print for every window the ratio of forecast to observed events of the champion, and its calibration error."""
    shown = Table(
        title=f"Calibration of the champion: {target}, catalogue {version}",
        caption=f"Risks must add up to the events within a factor {LARGEST_FACTOR}, and the calibration error lie below {LARGEST_ERROR} of the base rate.",
    )
    for name in ("origins", "months", "forecast / happened", "overall", "error / base rate", "curve"):
        shown.add_column(name, justify="right")
    for row in pick(table, target=target, episodes=version).itertuples():
        overall, curve = ("holds" if holds else "[bold]off[/]" for holds in (row.level_holds, row.curve_holds))
        numbers = (f"{row.share_forecast:.2f}", overall, f"{row.calibration_error_of_base_rate:.2f}", curve)
        shown.add_row(row.window.replace("_", " "), str(row.horizon), *numbers)
    console.print(shown)


def print_differences(
    table: pd.DataFrame, pairs: Iterable[Pair], target: str, window: str, version: str = "version_1"
) -> None:
    """Print the differences of pairs of methods, in bold where the interval excludes 0."""
    rows = pick(table, target=target, window=window, episodes=version)
    heading = f"Differences with 95 % intervals over episodes: {target}, origins {window}, catalogue {version}"
    console.print(heading, style="italic", soft_wrap=True)
    for model, reference in pairs:
        pair_rows = pick(rows, model=model, reference=reference)
        shown = Table(title=f"{model} against {reference}", title_justify="left", **NARROW)
        shown.add_column("h", justify="right", no_wrap=True)
        for metric in COMPARED:
            shown.add_column(LISTED[metric], min_width=18)
        for horizon in REPORTED_HORIZONS:
            at = {row.metric: difference(row) for row in pick(pair_rows, horizon=horizon).itertuples()}
            shown.add_row(str(horizon), *(at.get(metric, "").replace(" (", "\n(", 1) for metric in COMPARED))
        console.print(shown)
    console.print("Bold: the interval excludes 0. Log score: below 0 is better; the others: above 0.")


def printed_pairs(table: pd.DataFrame) -> list[Pair]:
    """Return the pairs to print, the champion's first; differences to climatology are in the JSON and the files only."""
    pairs = dict.fromkeys(zip(table["model"], table["reference"], strict=True))
    read = [(m, r) for m, r in pairs if m not in SKILL_REFERENCES and r != CLIMATOLOGY]
    return sorted(read, key=lambda pair: pair[0] != CHAMPION)


def difference(row: Any, mark: tuple[str, str] = ("[bold]", "[/]")) -> str:
    """Return a difference and its interval as text, marked where the interval excludes 0; empty where there is no value."""
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
