"""Figures of a backtest and its forecasts: reliability, precision-recall, skill by horizon, ranking and a map of risk."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve

from data.contracts.forecasts import TARGETS
from training.dataset.folds import SCORED_FROM, SCORED_TO
from training.evaluation import scores
from training.evaluation.backtest import Backtest
from training.evaluation.slices import is_scored
from training.figures import palette
from training.figures.differences import by_horizon, champion_pairs, forest, panels
from training.models.registry import CHAMPION, CLIMATOLOGY, OWN_HISTORY, methods


def reliability(backtest: Backtest, horizon: int = 6) -> Figure:
    """Draw the reliability diagram of each target, in bins of equally many forecasts.

    Bars are 90 % of the binomial spread of the rows, which is too little where rows share an episode.
    """
    figure, axes = panels(
        f"Reliability of the champion at {horizon} months (calm rows, {SCORED_FROM:%Y-%m}..{SCORED_TO:%Y-%m})"
    )
    for axis, target in zip(axes, TARGETS, strict=True):
        risk, observed = _scored(backtest, CHAMPION, target, horizon)
        forecast, happened, count = scores.reliability_curve(risk, observed, 12)
        spread = 1.645 * np.sqrt(np.maximum(happened * (1 - happened), 1e-9) / count)
        top = max(forecast.max(), (happened + spread).max()) * 1.5
        low = max(min(forecast[forecast > 0].min(), 1.0), 1e-5) / 2
        axis.plot([low, top], [low, top], color=palette.REFERENCE, linewidth=1)
        error = scores.calibration_error(risk, observed)
        axis.errorbar(
            forecast,
            np.maximum(happened, low),
            yerr=spread,
            fmt="o",
            color=palette.ACCENT,
            markersize=4,
            linewidth=1,
            label=f"calibration error {error:.4f}, {error / observed.mean():.2f} x base rate {observed.mean():.4f}",
        )
        axis.legend(loc="upper left", fontsize=8)
        axis.set(
            xscale="log",
            yscale="log",
            xlim=(low, top),
            ylim=(low, top),
            title=target,
            xlabel="forecast risk",
            ylabel="observed frequency",
        )
    return figure


def precision_recall(backtest: Backtest, horizon: int = 6) -> Figure:
    """Draw the precision-recall curve of every method and target."""
    figure, axes = panels(f"Precision and recall at {horizon} months")
    for axis, target in zip(axes, TARGETS, strict=True):
        for model in backtest.hazards:
            risk, observed = _scored(backtest, model, target, horizon)
            precision, recall, _ = precision_recall_curve(observed, risk)
            axis.plot(
                recall[:-1],
                precision[:-1],
                color=palette.METHODS.get(model),
                linewidth=1.4,
                label=methods()[model].title,
            )
        axis.set(title=target, xlabel="recall", ylabel="precision", yscale="log", xlim=(0, 1))
    axes[0].legend(fontsize=7)
    return figure


def ranking(forecasts: pd.DataFrame, units: pd.DataFrame, horizon: int = 6, top: int = 25) -> Figure:
    """Draw the capitals at highest risk of disruption at the newest origin."""
    newest = _newest(forecasts, horizon).nlargest(top, "risk").iloc[::-1]
    names = units.set_index("iso3")
    figure = Figure(figsize=(8, 7), layout="constrained")
    axis = figure.subplots()
    labels = [f"{names.at[i, 'capital']} ({i})" for i in newest["iso3"]]
    axis.barh(labels, newest["risk"] * 100, color=palette.ACCENT)
    axis.set(
        xlabel=f"risk of disruption within {horizon} months, %",
        title=f"Capitals at highest risk, origin {newest['origin'].iloc[0]:%Y-%m}",
    )
    return figure


def risk_map(forecasts: pd.DataFrame, units: pd.DataFrame, horizon: int = 6) -> Figure:
    """Draw every capital at its place, larger and redder with risk; capitals in disruption are hollow squares."""
    rows = forecasts[(forecasts["target"] == "disruption") & (forecasts["horizon"] == horizon)]
    newest = rows[rows["origin"] == rows["origin"].max()].merge(
        units[["iso3", "capital", "latitude", "longitude"]], on="iso3"
    )
    calm, ongoing = (
        newest[newest["state"] == "calm"].sort_values("risk"),
        newest[newest["state"] == "ongoing"],
    )
    figure = Figure(figsize=(11, 5.2), layout="constrained")
    axis = figure.subplots()
    dots = axis.scatter(
        calm["longitude"],
        calm["latitude"],
        s=10 + 900 * calm["risk"],
        c=calm["risk"] * 100,
        cmap="YlOrRd",
        edgecolor=palette.QUIET,
        linewidth=0.4,
        vmin=0,
    )
    axis.scatter(
        ongoing["longitude"],
        ongoing["latitude"],
        s=60,
        marker="s",
        facecolor="none",
        edgecolor="black",
        label="disrupted now",
    )
    for _, row in pd.concat([calm.tail(10), ongoing]).iterrows():
        axis.annotate(
            row["capital"],
            (row["longitude"], row["latitude"]),
            fontsize=7,
            xytext=(4, 4),
            textcoords="offset points",
        )
    figure.colorbar(dots, label=f"risk of disruption within {horizon} months, %")
    axis.legend(loc="lower left")
    axis.set(
        xlim=(-180, 180),
        ylim=(-58, 78),
        xlabel="longitude",
        ylabel="latitude",
        title=f"Risk at origin {newest['origin'].iloc[0]:%Y-%m}",
    )
    return figure


def all_figures(
    backtest: Backtest, differences: pd.DataFrame, forecasts: pd.DataFrame, units: pd.DataFrame
) -> dict[str, Figure]:
    """Return every figure of a retraining by file name."""
    return {
        "reliability_h06.png": reliability(backtest),
        "precision_recall_h06.png": precision_recall(backtest),
        "skill_by_horizon.png": by_horizon(differences, CLIMATOLOGY, "brier_skill_vs_climatology"),
        "auroc_by_horizon.png": by_horizon(differences, OWN_HISTORY, "auroc"),
        "differences_h06.png": forest(differences, champion_pairs(differences), "log_score"),
        "ranking.png": ranking(forecasts, units),
        "risk_map.png": risk_map(forecasts, units),
    }


def _scored(backtest: Backtest, model: str, target: str, horizon: int) -> tuple[scores.Floats, scores.Floats]:
    rows = backtest.rows
    used = rows.calm[target] & is_scored(rows)
    return backtest.risk(model, target, horizon)[used], (rows.first_onset[target][used] <= horizon).astype(float)


def _newest(forecasts: pd.DataFrame, horizon: int) -> pd.DataFrame:
    rows = forecasts[(forecasts["target"] == "disruption") & (forecasts["horizon"] == horizon)]
    return rows[(rows["origin"] == rows["origin"].max()) & rows["risk"].notna()]
