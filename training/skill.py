"""The skill table: every method's scores by target, horizon and span of origins, against named references."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.contracts import TARGETS
from data.panel import Panel
from data.reference_tables import FOLDER
from training import scores
from training.backtest import Backtest
from training.folds import SCORED_TO, WINDOWS
from training.rows import Rows, make_rows
from training.target import Outcomes

REPORTED_HORIZONS = (1, 3, 6, 12)
REFERENCES = ("climatology", "own_history")
Floats = npt.NDArray[np.float64]


def scored_units(path: Path = FOLDER / "units_scored.csv") -> set[str]:
    """Return the units every published score is computed on: the 186 states and territories above 250,000 people."""
    return set(pd.read_csv(path)["iso3"])


def skill_table(panel: Panel, backtest: Backtest, truths: Mapping[str, dict[str, Outcomes]]) -> pd.DataFrame:
    """Return one row per catalogue version, method, target, horizon, window and metric.

    Scored are calm rows of the scored units whose whole window lies inside the catalogue, on the origins of
    `folds.WINDOWS`. Skills name their reference; `share_forecast` is the sum of risks over the sum of events.
    """
    tables = []
    inside = backtest.rows.features["iso3"].isin(scored_units()).to_numpy()
    for version, truth in truths.items():
        rows = make_rows(panel, backtest.rows.features, truth)
        for window, first in WINDOWS.items():
            span = (rows.origin_index >= calendar.month_index(first)) & (
                rows.origin_index <= calendar.month_index(SCORED_TO)
            )
            for target in TARGETS:
                used = inside & span & rows.calm[target]
                tables += [
                    _scores(backtest, rows, used, target, horizon).assign(episodes=version, window=window)
                    for horizon in REPORTED_HORIZONS
                    if used.any()
                ]
    if not tables:
        raise ValueError(
            f"no scored origin in the backtest: it must reach into {WINDOWS['all']:%Y-%m}..{SCORED_TO:%Y-%m}"
        )
    columns = ["episodes", "model", "target", "horizon", "window", "metric", "value"]
    return pd.concat(tables, ignore_index=True)[columns]


def _scores(backtest: Backtest, rows: Rows, used: npt.NDArray[np.bool_], target: str, horizon: int) -> pd.DataFrame:
    observed = (rows.first_onset[target][used] <= horizon).astype(float)
    risk = {model: backtest.risk(model, target, horizon)[used] for model in backtest.hazards}
    lines = []
    for model, forecast in risk.items():
        metrics = _metrics(forecast, observed)
        for reference in REFERENCES:
            if reference in risk:
                metrics[f"brier_skill_vs_{reference}"] = scores.skill(
                    metrics["brier_score"], scores.brier_score(risk[reference], observed)
                )
        lines += [(model, target, horizon, metric, value) for metric, value in metrics.items()]
    return pd.DataFrame(lines, columns=["model", "target", "horizon", "metric", "value"])


def _metrics(risk: Floats, observed: Floats) -> dict[str, float]:
    return {
        "forecasts": float(len(observed)),
        "events": float(observed.sum()),
        "base_rate": float(observed.mean()),
        "auroc": scores.auroc(risk, observed),
        "average_precision": scores.average_precision(risk, observed),
        "brier_score": scores.brier_score(risk, observed),
        "log_score": scores.log_score(risk, observed),
        "calibration_error": scores.calibration_error(risk, observed),
        "recall_at_5pct": scores.recall_at(risk, observed),
        "share_forecast": float(risk.sum() / observed.sum()) if observed.any() else float("nan"),
    }


def pick(table: pd.DataFrame, **where: object) -> pd.DataFrame:
    """Return the rows of a skill table that match every named column."""
    mask = np.logical_and.reduce([(table[column] == value).to_numpy() for column, value in where.items()])
    return table[mask]
