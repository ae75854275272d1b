"""What a run says of itself first: how good, against what, on which code, and where to look."""

import subprocess

import pandas as pd

from data import calendar
from data.panel import Panel
from data.settings import REPOSITORY
from training import retraining
from training.models.registry import CHAMPION, method
from training.skill import pick
from training.slices import REPORTED_HORIZONS


def summary(scored: retraining.Scored, forecasts: pd.DataFrame, panel: Panel) -> str:
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
