"""docs/skill.md: every score table, difference and study, as Markdown, from a publication and the studies beside it."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from data.contracts import TARGETS
from serving.publication import Publication
from serving.skill_report import COMPARED, LISTED, difference, printed_pairs
from serving.studying import ABLATION, LEAVE_OUT, NOTES
from training.differences import Pair
from training.folds import SCORED_TO, WINDOWS
from training.skill import pick
from training.slices import REPORTED_HORIZONS

FIGURES = {
    "differences_h06.png": "Log score at six months: differences with 95 % intervals over episodes. To the right is better.",
    "skill_by_horizon.png": "Brier skill against climatology by horizon, with 95 % intervals.",
    "auroc_by_horizon.png": "AUROC: difference to own history by horizon, with 95 % intervals.",
    "reliability_h06.png": "Reliability of the champion at six months.",
}
SCORES = LISTED | {"onset_recall_at_5pct": "onsets alerted", "share_forecast": "forecast / happened"}
HOW_TO_READ = """Scored are calm rows of 186 units: monthly origins, forecasts refitted on what was known then, one row a capital and origin. Log score and calibration error: lower is
better; the rest: higher is better. *Recall at 5 %* is the share of event rows among the twentieth of the rows with the highest risk; *onsets alerted* is the share of onsets with any such
alert in the h months before, and *median lead* how many months the first of them came before the onset. *Forecast / happened* is the sum of the risks over the number of events.

Intervals are 95 % bootstrap intervals over episodes: all rows whose outcome is one episode's onset are drawn together, a Poisson number of times, and the quiet rows capital by capital
(`training/resampling.py` says why, and how often such intervals hold). A difference in **bold** has an interval that does not hold 0."""


def document(published: Publication, studies: Path, stamp: str) -> str:
    """Return the whole document; `studies` is the folder of `chokepoint study`."""
    blocks = ["# How good the forecasts are", stamp, HOW_TO_READ]
    blocks += [f"![{text}](skill/{name})\n\n{text}" for name, text in FIGURES.items()]
    blocks += ["## Differences to what has to be beaten"]
    for target in TARGETS:
        pairs = printed_pairs(published.differences)
        blocks += [f"### {target}: differences", differences_table(published.differences, pairs, target, WINDOWS)]
    for study in (ABLATION, LEAVE_OUT):
        blocks += list(_study(study, studies / study))
    for version in published.skill["episodes"].unique():
        blocks += [f"## Scores, catalogue {version.replace('_', ' ')}"]
        for target in TARGETS:
            for window in WINDOWS:
                blocks += [
                    f"### {target}, {_span(window)}, catalogue {version.replace('_', ' ')}",
                    scores_table(pick(published.skill, target=target, window=window, episodes=version)),
                ]
    return "\n\n".join(blocks) + "\n"


def scores_table(rows: pd.DataFrame) -> str:
    """Return every method's scores by horizon."""
    lines = [_line(["method", "h", "events", *SCORES.values()]), _line(["---"] * (len(SCORES) + 3))]
    for model in rows["model"].unique():
        for horizon in REPORTED_HORIZONS:
            at = pick(rows, model=model, horizon=horizon).set_index("metric")["value"]
            cells = [_number(at.get(metric), metric) for metric in ("events", *SCORES)]
            lines.append(_line([model, str(horizon), *cells]))
    return "\n".join(lines)


def differences_table(
    table: pd.DataFrame, pairs: Iterable[Pair], target: str, windows: Iterable[str], horizons: Iterable[int] = ()
) -> str:
    """Return the differences of pairs by window and horizon, on version 1 of the catalogue."""
    rows = pick(table, target=target, episodes="version_1")
    lines = [
        _line(["method", "against", "origins", "h", *(LISTED[metric] for metric in COMPARED)]),
        _line(["---"] * (len(COMPARED) + 4)),
    ]
    for model, reference in pairs:
        for window in windows:
            own = pick(rows, model=model, reference=reference, window=window)
            for horizon in horizons or REPORTED_HORIZONS:
                at = {row.metric: difference(row, ("**", "**")) for row in pick(own, horizon=horizon).itertuples()}
                cells = [at.get(metric, "") for metric in COMPARED]
                lines.append(_line([model, reference, window.replace("_", " "), str(horizon), *cells]))
    return "\n".join(lines)


def _study(study: str, folder: Path) -> Iterator[str]:
    yield f"## {study.capitalize()}: {'what each feature group adds' if study == ABLATION else 'what is memorised'}"
    if not (folder / "about.json").exists():
        yield f"Not run on this data: `chokepoint study {study}` does it."
        return
    about: dict[str, Any] = json.loads((folder / "about.json").read_text())
    table = pd.read_parquet(folder / "differences.parquet")
    yield (
        f"{NOTES[study]} Origins {about['first']} to {about['last']}, refitted every {about['refit_years']} years ({about['refits']} refits, "
        f"{about['seconds']:.0f} s). Made {about['made_at']} at commit `{about['code_commit']}` on data `{about['data_vintage']}`."
    )
    text = f"{study.capitalize()}: differences in log score at six months."
    yield f"![{text}](skill/{study}_log_score_h06.png)"
    pairs = list(dict.fromkeys(zip(table["model"], table["reference"], strict=True)))
    for target in TARGETS:
        yield f"### {study}: {target}"
        yield differences_table(table, pairs, target, ("all", "since_2015"), (1, 6, 12))


def figure_files(published: Publication, studies: Path) -> dict[str, Path]:
    """Return the figures the document shows, by file name, and where they are."""
    files = {name: published.folder / "figures" / name for name in FIGURES}
    return files | {
        f"{study}_log_score_h06.png": studies / study / "log_score_h06.png"
        for study in (ABLATION, LEAVE_OUT)
        if (studies / study / "about.json").exists()
    }


def _span(window: str) -> str:
    return f"origins {WINDOWS[window]:%Y-%m} to {SCORED_TO:%Y-%m}"


def _number(value: float | None, metric: str) -> str:
    if value is None or pd.isna(value):
        return ""
    places = {"events": 0, "median_lead_months": 1, "share_forecast": 2, "onset_recall_at_5pct": 3, "recall_at_5pct": 3}
    return f"{value:.{places.get(metric, 4)}f}"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
