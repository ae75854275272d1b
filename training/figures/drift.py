"""Figure of drift: values of the newest origin against their limits, and the history of every origin."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.figures import palette
from training.monitoring.drift import CALIBRATED, FORECASTS, INPUTS, ONSETS, DriftReport, calibrated_limits, raised

SHOWN = ((INPUTS, "psi"), (FORECASTS, "psi"), (ONSETS, "log_rate"))


def draw(report: DriftReport) -> Figure:
    """Draw the newest values over their limits, groups that move the forecast most on top, and three histories."""
    figure = Figure(figsize=(12, 5.6), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.15, 1))
    _bars(left.subplots(), report.table)
    for axis, (part, measure) in zip(right.subplots(len(SHOWN), 1, sharex=True), SHOWN, strict=True):
        _history(axis, report.history, part, measure)
    newest = report.history.index.max()
    names = [f"{r.part} {r.measure} {r.value:.2f} above {r.limit:.2f}" for r in raised(report.table).itertuples()]
    figure.suptitle(f"Drift at origin {newest:%Y-%m}: {'; '.join(names) or 'no flag'}", fontsize=10)
    return figure


def _bars(axis: Axes, table: pd.DataFrame) -> None:
    rows = table[table["limit"].notna() & table["value"].notna()].sort_values("share", kind="stable")
    ratio = rows["value"] / rows["limit"]
    labels = [f"{r.part} {r.measure.replace('_', ' ')} ({r.share:.0%})" for r in rows.itertuples()]
    axis.barh(labels, ratio.clip(upper=4), color=np.where(rows["flagged"], palette.ACCENT, palette.STEADY))
    axis.axvline(1, color=palette.REFERENCE, linewidth=1)
    axis.tick_params(axis="y", labelsize=8)
    axis.set(xlabel="value / limit (clipped at 4); in brackets the share of the forecast", xlim=(0, 4))


def _history(axis: Axes, history: pd.DataFrame, part: str, measure: str) -> None:
    limit = calibrated_limits(history)[part, measure]
    axis.plot(history.index, history[part, measure], color=palette.STEADY, linewidth=1)
    axis.axhline(limit, color=palette.ACCENT, linewidth=1, linestyle="--")
    axis.axvspan(*CALIBRATED, color=palette.REFERENCE, alpha=0.15)
    axis.set(ylabel=f"{part}\n{measure.replace('_', ' ')}", xlim=(pd.Timestamp("1998-01-01"), history.index.max()))
    axis.set_ylim(0, 1.15 * np.nanmax([limit, *history.loc[CALIBRATED[0] :, (part, measure)]]))
