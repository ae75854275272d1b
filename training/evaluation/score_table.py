"""The skill table: every method's scores by target, horizon and span of origins, and skills against named references."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.panel.panel import Panel
from training.dataset.target import Outcomes
from training.evaluation import scores
from training.evaluation.backtest import Backtest
from training.evaluation.slices import Slice, slices
from training.models.registry import SKILL_REFERENCES


def skill_table(panel: Panel, backtest: Backtest, outcomes: Mapping[str, dict[str, Outcomes]]) -> pd.DataFrame:
    """Return the scores of every method on every slice.

    Args:
        panel: Panel whose units are the backtest's.
        backtest: Hazards of every method to score.
        outcomes: Version of the catalogue -> target -> outcomes.

    Returns:
        One row per slice (training/evaluation/slices.py), `model` and `metric`, with its `value`. Skills name their
        reference; `share_forecast` is the sum of risks over the number of events; `recall_at_5pct` is the recall of event
        rows at the alert rate, `onset_recall_at_5pct` the share of onsets with an alert before them, and
        `median_lead_months` the median lead of their first alerts (`scores.lead_times`).
    """
    lines = [
        {**part.where, "model": model, "metric": metric, "value": value}
        for part in slices(panel, backtest, outcomes)
        for model in part.risk
        for metric, value in _scores(part, model).items()
    ]
    columns = ["episodes", "model", "target", "horizon", "window", "metric", "value"]
    return pd.DataFrame(lines)[columns]


def _scores(part: Slice, model: str) -> dict[str, float]:
    """Return metric -> value of one method's forecasts of a slice."""
    risk, observed = part.risk[model], part.observed
    brier = scores.brier_score(risk, observed)
    lead = scores.lead_times(risk, part.lead, part.onset)
    onsets = len(np.unique(part.onset[part.onset >= 0]))
    return {
        "forecasts": float(len(observed)),
        "events": float(observed.sum()),
        "onsets": float(onsets),
        "base_rate": float(observed.mean()),
        "auroc": scores.auroc(risk, observed),
        "average_precision": scores.average_precision(risk, observed),
        "brier_score": brier,
        "log_score": scores.log_score(risk, observed),
        "calibration_error": scores.calibration_error(risk, observed),
        "recall_at_5pct": scores.recall_at(risk, observed),
        "onset_recall_at_5pct": len(lead) / onsets if onsets else float("nan"),
        "median_lead_months": float(np.median(lead)) if len(lead) else float("nan"),
        "calibration_error_of_base_rate": scores.calibration_error(risk, observed) / observed.mean()
        if observed.any()
        else float("nan"),
        "share_forecast": float(risk.sum() / observed.sum()) if observed.any() else float("nan"),
    } | {
        f"brier_skill_vs_{reference}": scores.skill(brier, scores.brier_score(part.risk[reference], observed))
        for reference in SKILL_REFERENCES
        if reference in part.risk
    }


LARGEST_FACTOR = 1.25
"""Factor by which events forecast may differ from events observed, either way."""
LARGEST_ERROR = 0.25
"""Calibration error, as a share of the base rate, from which a curve counts as uncalibrated."""


def calibration_table(table: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return whether one method is calibrated, in the large and over the curve.

    Args:
        table: Skill table.
        model: Method.

    Returns:
        One row per catalogue, target, window and horizon: `share_forecast`, `level_holds` where it is within a factor
        `LARGEST_FACTOR` of 1, `calibration_error_of_base_rate`, and `curve_holds` where that is below `LARGEST_ERROR`.
    """
    metrics = ["share_forecast", "calibration_error_of_base_rate"]
    rows = table[(table["model"] == model) & table["metric"].isin(metrics)]
    keys = ["episodes", "target", "window", "horizon"]
    wide = rows.pivot_table(index=keys, columns="metric", values="value", sort=False).reindex(columns=metrics)
    wide["level_holds"] = wide["share_forecast"].between(1 / LARGEST_FACTOR, LARGEST_FACTOR)
    wide["curve_holds"] = wide["calibration_error_of_base_rate"] < LARGEST_ERROR
    return wide.rename_axis(columns=None).reset_index()


def pick(table: pd.DataFrame, **where: object) -> pd.DataFrame:
    """Return the rows of a table whose named columns equal the given values."""
    mask = np.logical_and.reduce([(table[column] == value).to_numpy() for column, value in where.items()])
    return table[mask]
