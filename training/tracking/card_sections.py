"""Sections of the model card with figures: skill, calibration, measured limits, data and licences, known failures."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from training.dataset.folds import SCORED_TO
from training.evaluation import worst_errors
from training.evaluation.backtest import Backtest
from training.evaluation.judge import ScoreTables
from training.evaluation.score_table import LARGEST_ERROR, LARGEST_FACTOR, calibration_table, pick
from training.evaluation.slices import REPORTED_HORIZONS
from training.models.registry import CHAMPION, OWN_HISTORY, REFERENCES, methods

LISTED_ERRORS = 5
"""Misses and false alarms that are listed; twice as many are in the run's tables."""


EPISODES = "version_1"


def skill(scored: ScoreTables, first: pd.Timestamp) -> str:
    """Return scores by horizon of the champion and the references, and the champion's by target."""
    lines = [
        f"`disruption`, calm rows, origins {first:%Y-%m}..{SCORED_TO:%Y-%m}, each forecast as of then. "
        "AUROC / average precision / Brier skill against climatology:",
        "",
        "| | " + " | ".join(f"{h} m" for h in REPORTED_HORIZONS) + " |",
        "|---|" + "---|" * len(REPORTED_HORIZONS),
    ]
    value = _values(scored.skill, window="all")
    for name in [*REFERENCES, CHAMPION]:
        cells = [
            " / ".join(
                _number(value.get((name, "disruption", h, m)), 3)
                for m in ("auroc", "average_precision", "brier_skill_vs_climatology")
            )
            for h in REPORTED_HORIZONS
        ]
        title = methods()[name].title
        lines.append(f"| {f'**{title}**' if name == CHAMPION else title} | " + " | ".join(cells) + " |")
    events = [_number(value.get((CHAMPION, "disruption", h, "events")), 0) for h in REPORTED_HORIZONS]
    lines += [f"| events | {' | '.join(events)} |", "", "By target at 6 months, AUROC / average precision: "]
    lines[-1] += "; ".join(
        f"{t} " + " / ".join(_number(value.get((CHAMPION, t, 6, m)), 3) for m in ("auroc", "average_precision"))
        for t in TARGETS
    )
    log_scores = pick(
        scored.differences, episodes=EPISODES, model=CHAMPION, target="disruption", horizon=6, metric="log_score"
    )
    differences = [
        f"{r.value:+.4f} ({r.low:+.4f} to {r.high:+.4f}) {'over all origins' if r.window == 'all' else r.window.replace('_', ' ')}"
        for r in log_scores[log_scores["reference"] == OWN_HISTORY].itertuples()
    ]
    lines[-1] += ". Log score minus own history's at 6 months, below 0 is better, with 95 % intervals over episodes: "
    lines[-1] += ", ".join(differences) + "."
    return "\n".join(lines)


def calibration(skill: pd.DataFrame) -> str:
    """Return the champion's calibration at six months by target and window; failed bounds in bold."""
    table = calibration_table(skill, CHAMPION)
    at = table[(table["episodes"] == EPISODES) & (table["horizon"] == 6)]
    lines = [
        f"Sum of risks over events at 6 months, which should be 1 (bold: beyond a factor {LARGEST_FACTOR}), and mean gap of the reliability curve "
        f"as a share of the base rate (bold: above {LARGEST_ERROR}):",
        "",
        "| | " + " | ".join(str(w).replace("_", " ") for w in at["window"].unique()) + " |",
        "|---|" + "---|" * at["window"].nunique(),
    ]
    for target, rows in at.groupby("target", sort=False):
        cells = [
            f"{_marked(r.share_forecast, r.level_holds)}, {_marked(r.calibration_error_of_base_rate, r.curve_holds)}"
            for r in rows.itertuples()
        ]
        lines.append(f"| {target} | {' | '.join(cells)} |")
    return "\n".join(lines)


def measured_limits(backtest: Backtest, skill: pd.DataFrame) -> Iterable[str]:
    """Yield the limits whose figures come from the backtest."""
    share = worst_errors.share_disrupted(backtest)
    yield f"Most capitals at the top of the list stay calm: of the ten highest of each origin {share:.0%} were disrupted within six months."
    onsets = _values(skill, window="all").get((CHAMPION, "strangulation", 12, "onsets"))
    yield f"Short horizons and `strangulation` ({_number(onsets, 0)} onsets in the scored years) rest on few onsets: their figures are rough."


def known_failures(units: pd.DataFrame, backtest: Backtest) -> str:
    """Return the largest misses and false alarms of the backtest."""
    names = units.set_index("iso3")["capital"]
    missed, false = (find(backtest, LISTED_ERRORS) for find in (worst_errors.misses, worst_errors.false_alarms))

    def listed(rows: pd.DataFrame) -> str:
        return "; ".join(
            f"{names[r.iso3]} {r.month:%Y-%m} ({r.risk:.1%}, {r.rank} of {r.of}, forecast {r.origin:%Y-%m})"
            for r in rows.itertuples()
        )

    return "\n".join(
        [
            "Onsets ranked lowest in the six months before them (best risk within six months, and its rank): "
            f"{listed(missed) or 'none scored'}.",
            "",
            f"Highest risks that twelve calm months followed (with the last of them): {listed(false) or 'none scored'}.",
        ]
    )


def data_and_licences(panel: Panel, stale: Mapping[str, float]) -> str:
    """Return the sources by licence, and the share of capitals with late or missing data by flag."""
    titles_by_licence: dict[str, list[str]] = {}
    for source in _sources(panel):
        until = f" (to {source['newest_month']})" if source.get("newest_month") else ""
        titles_by_licence.setdefault(source["licence"], []).append(f"{source['title']}{until}")
    lines = [f"- {licence}: {'; '.join(titles)}." for licence, titles in titles_by_licence.items()]
    late = ", ".join(f"`{word}` {share:.0%}" for word, share in sorted(stale.items(), key=lambda s: -s[1]))
    return "\n".join(
        [
            *lines,
            "- Project's own, Apache-2.0: catalogue of episodes, capitals, corridors, districts.",
            "",
            f"Late or missing at the newest origin, share of capitals: {late or 'nothing'}.",
        ]
    )


def _sources(panel: Panel) -> list[dict[str, str]]:
    sources = panel.manifest.get("sources", [])
    if not isinstance(sources, list):
        raise TypeError(f"the panel's manifest must list its sources, got {type(sources).__name__}: compile it again")
    return sources


def _values(skill: pd.DataFrame, window: str) -> dict[tuple[str, str, int, str], float]:
    rows = pick(skill, episodes=EPISODES, window=window)
    return {(r.model, r.target, r.horizon, r.metric): r.value for r in rows.itertuples()}


def _marked(value: float, holds: bool) -> str:
    shown = _number(value, 2)
    return shown if holds or shown == "-" else f"**{shown}**"


def _number(value: float | None, places: int) -> str:
    return "-" if value is None or np.isnan(value) else f"{value:.{places}f}"
