"""The description of a run in MLflow: the decision and its reasons, the skill, and the figures to open."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from data import calendar
from training.champion import comparison
from training.evaluation.score_table import pick
from training.evaluation.slices import REPORTED_HORIZONS
from training.models.registry import CHAMPION, OWN_HISTORY, method
from training.monitoring.drift import flags
from training.monitoring.track_record import verdict as live_verdict
from training.publication.model_bundle import ModelBundle

LOOK_AT = {
    "what_changed.png": "which capitals moved since last month",
    "differences_h06.png": "differences to the references, with intervals",
    "reliability_h06.png": "calibration by target",
    "skill_by_horizon.png": "skill by horizon, with intervals",
    "drift.png": "drift of inputs, forecasts and labels",
    "track_record.png": "published forecasts against their outcomes",
    "misses.png": "the ten largest misses",
    "false_alarms.png": "the ten largest false alarms",
}
"""Figures in the order a reviewer opens them."""


OUTCOMES = {
    comparison.PROMOTED: "Promoted",
    comparison.PROMOTED_WITH_WARNINGS: "Promoted with warnings",
    comparison.KEPT: "Kept the champion",
}


def summary(bundle: ModelBundle, decision: Mapping[str, Any] | None = None) -> str:
    """Return the description in Markdown; `decision` is None until the version is compared with the champion."""
    parts = [
        _verdict(decision),
        _provenance(bundle),
        _skill(bundle.table("skill"), bundle.table("differences")),
        _state(bundle),
    ]
    return "\n\n".join(part for part in parts if part)


def _verdict(decision: Mapping[str, Any] | None) -> str:
    if decision is None:
        return "**Not decided yet**: the comparison with the champion has not ended."
    against = f"against version {decision['against']}" if decision["against"] else "with nobody to compare with"
    outcome = OUTCOMES[decision["outcome"]]
    lines = [
        f"**{outcome}**, {against}: {decision['reason']}.",
        "",
        "| check | passed | found | bound |",
        "|---|---|---|---|",
    ]
    checks = sorted(decision["checks"], key=lambda check: (bool(check["passed"]), not check["warning"]))
    lines += [f"| {c['name']} | {_passed(c)} | {c['found']} | {c['bound']} |" for c in checks]
    return "\n".join(lines)


def _passed(check: Mapping[str, Any]) -> str:
    return "**no**" if not check["passed"] else "**with a warning**" if check["warning"] else "yes"


def _provenance(bundle: ModelBundle) -> str:
    return (
        f"{method(CHAMPION).title}, newest origin {bundle.about['origin']}, data `{bundle.about['data_vintage']}`. The scores of every method "
        "are in the child runs, the model card is the description of the registered version and `model_card.md`."
    )


def _skill(skill: pd.DataFrame, differences: pd.DataFrame) -> str:
    lines = [
        "Target `disruption`, calm rows, all scored origins, catalogue version 1; log score against own history with 95 % intervals, below 0 is better:",
        "",
        "| months | AUROC (own history) | average precision (own history) | Brier skill vs climatology | log score minus own history |",
        "|---|---|---|---|---|",
    ]
    for horizon in REPORTED_HORIZONS:
        where = {"target": "disruption", "horizon": horizon, "window": "all", "episodes": "version_1"}
        value = {(r.model, r.metric): r.value for r in pick(skill, **where).itertuples()}
        cells = [
            f"{value.get((CHAMPION, m), float('nan')):.3f} ({value.get(('own_history', m), float('nan')):.3f})"
            for m in ("auroc", "average_precision")
        ]
        gaps = pick(differences, model=CHAMPION, reference=OWN_HISTORY, metric="log_score", **where)
        intervals = ", ".join(f"{r.value:+.4f} ({r.low:+.4f} to {r.high:+.4f})" for r in gaps.itertuples())
        brier = value.get((CHAMPION, "brier_skill_vs_climatology"), float("nan"))
        lines.append(f"| {horizon} | {' | '.join(cells)} | {brier:.3f} | {intervals} |")
    return "\n".join(lines)


def _state(bundle: ModelBundle) -> str:
    newest = bundle.forecasts[
        (bundle.forecasts["origin"] == bundle.origin) & (bundle.forecasts["target"] == "disruption")
    ]
    flagged = newest.loc[newest["flags"] != "", "flags"].str.split().explode().value_counts()
    late = ", ".join(f"{flag} ({count // len(calendar.HORIZONS)} capitals)" for flag, count in flagged.head(8).items())
    drift = "; ".join(flags(bundle.table("drift")))
    return "\n".join(
        [
            f"- Published forecasts: {live_verdict(bundle.table('track_record'))}.",
            f"- Drift: {drift or 'no flag'}.",
            f"- Feeds late or missing at the newest origin: {late or 'none'}.",
            "",
            "Look at, under Artifacts, figures:",
            "",
            *(f"1. `{file}`: {content}" for file, content in LOOK_AT.items()),
        ]
    )
