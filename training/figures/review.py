"""Figures for a reviewer of a version: largest changes since the previous origin, and the worst errors of the backtest."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from data import calendar
from data.panel.panel import Panel
from training.dataset.target import outcomes
from training.evaluation.backtest import Backtest
from training.evaluation.worst_errors import HORIZON, TARGET
from training.figures import palette
from training.models.registry import CHAMPION

mpl.use("Agg")

AROUND_MONTHS = 24
"""Months drawn on each side of a miss or a false alarm."""


def what_changed(forecasts: pd.DataFrame, units: pd.DataFrame, horizon: int = HORIZON, top: int = 20) -> Figure:
    """Draw the capitals whose risk of disruption changed most since the previous origin, with both risks and both ranks.

    The previous origin has the risks of a refit of that month. Capitals that became calm or disrupted are named beneath.
    """
    rows = forecasts[(forecasts["target"] == TARGET) & (forecasts["horizon"] == horizon)]
    wide = rows.pivot(index="iso3", columns="origin", values="risk")
    figure = Figure(figsize=(9, 7), layout="constrained")
    axis = figure.subplots()
    if wide.shape[1] < 2:
        axis.text(0.5, 0.5, "there is no origin before this one", ha="center", transform=axis.transAxes)
        return figure
    before, now = (wide[origin] for origin in wide.columns[-2:])
    rank = pd.DataFrame({"before": before.rank(ascending=False), "now": now.rank(ascending=False)})
    moved = (now - before).dropna()
    shown = moved[moved.abs().nlargest(top).index].sort_values()
    capital = units.set_index("iso3")["capital"]
    for place, iso3 in enumerate(shown.index):
        colour = palette.ACCENT if shown[iso3] > 0 else palette.FALLING
        axis.plot([100 * before[iso3], 100 * now[iso3]], [place, place], color=colour, linewidth=2, alpha=0.5)
        axis.scatter(100 * before[iso3], place, color=palette.REFERENCE, s=28, zorder=3)
        axis.scatter(100 * now[iso3], place, color=colour, s=36, zorder=3)
    labels = [f"{capital[i]} ({rank.at[i, 'before']:.0f} → {rank.at[i, 'now']:.0f})" for i in shown.index]
    axis.set_yticks(range(len(shown)), labels, fontsize=8)
    first, second = (f"{origin:%Y-%m}" for origin in wide.columns[-2:])
    axis.set(
        xlabel=f"risk of disruption within {horizon} months, %: grey {first}, coloured {second}",
        title=f"What changed most from {first} to {second} (rank before → now)",
    )
    began = sorted(capital[before.index[before.notna() & now.isna()]])
    ended = sorted(capital[before.index[before.isna() & now.notna()]])
    changes = f"no longer calm: {', '.join(began) or 'none'}; calm again: {', '.join(ended) or 'none'}"
    figure.supxlabel(changes, fontsize=8, x=0.01, ha="left")
    return figure


def case_files(panel: Panel, backtest: Backtest, errors: pd.DataFrame, title: str) -> Figure:
    """Draw the risk around each error: every origin within `AROUND_MONTHS`, episodes shaded, the error's month marked.

    Args:
        panel: Panel with the outcomes.
        backtest: Backtest with the champion's hazards.
        errors: Rows of `worst_errors.misses` or `worst_errors.false_alarms`, at most ten.
        title: Title of the figure.
    """
    figure = Figure(figsize=(12, 5.4), layout="constrained")
    axes = figure.subplots(2, 5).ravel()
    capital = panel.units.set_index("iso3")["capital"]
    disrupted = outcomes(panel)[TARGET].ongoing
    risk = pd.Series(
        np.where(backtest.rows.calm[TARGET], backtest.risk(CHAMPION, TARGET, HORIZON), np.nan),
        pd.MultiIndex.from_arrays([backtest.rows.features["iso3"], backtest.rows.features["origin"]]),
    )
    for axis, row in zip(axes, errors.itertuples(), strict=False):
        _case(axis, row.month, row.origin, risk.loc[row.iso3], disrupted[panel.iso3.index(row.iso3)])
        axis.set_title(
            f"{capital[row.iso3]} {row.month:%Y-%m}\nrisk {row.risk:.1%}, rank {row.rank} of {row.of}", fontsize=8
        )
    for axis in axes[len(errors) :]:
        axis.axis("off")
    figure.supylabel(f"risk of {TARGET} within {HORIZON} months, %", fontsize=9)
    figure.suptitle(title)
    return figure


def _case(axis: Axes, month: pd.Timestamp, origin: pd.Timestamp, risk: pd.Series, disrupted: np.ndarray) -> None:
    around = pd.DateOffset(months=AROUND_MONTHS)
    line = risk.loc[month - around : month + around]
    axis.plot(line.index, 100 * line, color=palette.ACCENT, linewidth=1.2)
    for start in calendar.month_range(month - around, month + around):
        index = calendar.month_index(start)
        if index < len(disrupted) and disrupted[index]:
            axis.axvspan(start, start + pd.DateOffset(months=1), color=palette.EPISODE, linewidth=0)
    axis.axvline(origin, color=palette.REFERENCE, linewidth=1, linestyle=":")
    axis.axvline(month, color=palette.INK, linewidth=1)
    axis.set_ylim(0, max(5.0, 110 * line.max()) if line.notna().any() else 5.0)
    axis.set_xticks(
        [month - around, month, month + around], [f"{m:%Y-%m}" for m in (month - around, month, month + around)]
    )
    axis.tick_params(labelsize=7)
