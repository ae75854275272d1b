"""The model card: what a version is for, what it cannot do, on which data it was made, how good and how wrong it was.

One Markdown text for the registry, the run, the publication and the API. After Mitchell et al. (2019), Model cards for
model reporting, doi:10.1145/3287560.3287596.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from training.dataset.folds import SCORED_FROM, SCORED_TO
from training.evaluation import worst_errors
from training.evaluation.backtest import Backtest
from training.evaluation.judge import ScoreTables
from training.evaluation.score_table import LARGEST_ERROR, LARGEST_FACTOR, calibration_table, pick
from training.evaluation.slices import REPORTED_HORIZONS
from training.models.registry import CHAMPION, method, methods

FILE = "model_card.md"
BASELINES = ("climatology", "own_history", "history_by_kind")
"""What the champion has to beat, beside it in the table of scores."""
TOLD = 5
"""Misses and false alarms that are told; twice as many are in the run's tables."""
DESCRIPTION_LIMIT = 5000
"""Characters that MLflow's registry keeps of a version's description; PostgreSQL refuses more."""
CUT = "*The rest is in `model_card.md` among the artifacts of the run.*"
EPISODES = "version_1"
USE = """\
Ranking capitals by the risk of being fought over, besieged, starved of supply or seized within 1 to 12 months, once a month,
beside other sources and by somebody who knows the place: to decide where to look, to stock and to plan first.
Not for judging or targeting persons or governments, for automatic decisions, for places inside a city or outside the capital,
or as the only ground for moving people. A low risk is no assurance of safety."""
LIMITS = (
    "A capital whose episode is going on has no onset risk of that kind. It says nothing of how long an episode lasts.",
    "The catalogue of episodes is curated by hand and thin before 1995; after its last month only rules speak, which find no uprising.",
    "Corridors and districts were mapped in 2026, knowing what happened; prices reach 13 countries and are used by no method yet.",
    "What has no forerunner in the inputs, such as a mutiny, a foreign strike or a state that runs out of money, is not seen.",
)


@dataclass(frozen=True)
class Subject:
    """What a card is written of; `stale` is the share of capitals by flag at the newest origin."""

    panel: Panel
    scored: ScoreTables
    tested: Backtest
    stale: Mapping[str, float]
    commit: str
    trained_from: pd.Timestamp


def model_card(subject: Subject) -> str:
    """Write the card in Markdown."""
    return "\n\n".join(f"{head}\n\n{body}" for head, body in _sections(subject)) + "\n"


def description(card: str, limit: int = DESCRIPTION_LIMIT) -> str:
    """Return as many whole sections of a card as the registry keeps, and say where the rest is.

    Its title is no heading there: the list of versions shows the first words as they are written.
    """
    card = card.removeprefix("# ")
    if len(card) <= limit:
        return card
    first, *rest = card.split("\n## ")
    kept = first[: limit - len(CUT) - 2]
    for section in rest:
        if len(kept) + len(section) + len("\n## ") + len(CUT) + 2 > limit:
            break
        kept += "\n## " + section
    return f"{kept.rstrip()}\n\n{CUT}"


def _sections(subject: Subject) -> Iterable[tuple[str, str]]:
    panel = subject.panel
    newest = calendar.month_at(panel.last)
    yield (
        f"# Origin {newest:%Y-%m}: {method(CHAMPION).title.lower()}",
        f"Monthly hazards of an onset, 1 to 12 months ahead, for {', '.join(f'`{t}`' for t in TARGETS)}. Learned from origins "
        f"{subject.trained_from:%Y-%m}..{newest:%Y-%m} and episodes to {calendar.month_at(panel.reached):%Y-%m}; data `{panel.vintage}`, "
        f"code `{subject.commit}`. Settings were chosen on origins before 2010.",
    )
    yield "## Use", USE.replace("\n", " ")
    yield "## Skill", _skill(subject.scored, max(SCORED_FROM, subject.tested.folds[0].origins[0]))
    yield "## Calibration", _calibration(subject.scored.skill)
    yield "## Limits", "\n".join(f"- {limit}" for limit in [*_measured_limits(subject), *LIMITS])
    yield "## Data and licences", _data(panel, subject.stale)
    yield "## Known failures", _failures(subject)


def _skill(scored: ScoreTables, first: pd.Timestamp) -> str:
    lines = [
        f"`disruption`, calm rows, origins {first:%Y-%m}..{SCORED_TO:%Y-%m}, each forecast by what was known then. "
        "AUROC / average precision / Brier skill against climatology:",
        "",
        "| | " + " | ".join(f"{h} m" for h in REPORTED_HORIZONS) + " |",
        "|---|" + "---|" * len(REPORTED_HORIZONS),
    ]
    value = _values(scored.skill, window="all")
    for name in [*BASELINES, CHAMPION]:
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
    found = pick(
        scored.differences, episodes=EPISODES, model=CHAMPION, target="disruption", horizon=6, metric="log_score"
    )
    apart = [
        f"{r.value:+.4f} ({r.low:+.4f} to {r.high:+.4f}) {'over all origins' if r.window == 'all' else r.window.replace('_', ' ')}"
        for r in found[found["reference"] == "own_history"].itertuples()
    ]
    lines[-1] += ". Log score minus own history's at 6 months, below 0 is better, with 95 % intervals over episodes: "
    lines[-1] += ", ".join(apart) + "."
    return "\n".join(lines)


def _calibration(skill: pd.DataFrame) -> str:
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


def _measured_limits(subject: Subject) -> Iterable[str]:
    share = worst_errors.share_disrupted(subject.tested)
    yield f"Most capitals at the top of the list stay calm: of the ten highest of each origin {share:.0%} were disrupted within six months."
    onsets = _values(subject.scored.skill, window="all").get((CHAMPION, "strangulation", 12, "onsets"))
    yield f"Short horizons and `strangulation` ({_number(onsets, 0)} onsets in the scored years) rest on few onsets: their figures are rough."


def _failures(subject: Subject) -> str:
    names = subject.panel.units.set_index("iso3")["capital"]
    missed, false = (find(subject.tested, TOLD) for find in (worst_errors.misses, worst_errors.false_alarms))

    def told(rows: pd.DataFrame) -> str:
        return "; ".join(
            f"{names[r.iso3]} {r.month:%Y-%m} ({r.risk:.1%}, {r.rank} of {r.of}, said {r.origin:%Y-%m})"
            for r in rows.itertuples()
        )

    return "\n".join(
        [
            "Onsets ranked lowest in the six months before them (best risk within six months, and its rank): "
            f"{told(missed) or 'none scored'}.",
            "",
            f"Highest risks that twelve calm months followed (with the last of them): {told(false) or 'none scored'}.",
        ]
    )


def _data(panel: Panel, stale: Mapping[str, float]) -> str:
    listed: dict[str, list[str]] = {}
    for source in _sources(panel):
        until = f" (to {source['newest_month']})" if source.get("newest_month") else ""
        listed.setdefault(source["licence"], []).append(f"{source['title']}{until}")
    lines = [f"- {licence}: {'; '.join(titles)}." for licence, titles in listed.items()]
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
