"""Figures of paired differences between methods, with intervals; to the right or up is always better."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from data.contracts.forecasts import TARGETS
from training.evaluation.paired_differences import Pair
from training.evaluation.score_table import pick
from training.evaluation.slices import REPORTED_HORIZONS
from training.figures import palette
from training.models.registry import CHAMPION, CLIMATOLOGY, HISTORY_BY_KIND, OWN_HISTORY, methods

mpl.use("Agg")

LESS_IS_BETTER = ("log_score",)


def by_horizon(differences: pd.DataFrame, reference: str, metric: str) -> Figure:
    """Draw every method's difference to one reference by horizon, with 95 % intervals, from the difference table.

    Against climatology the difference in Brier skill is the skill itself.
    """
    figure, axes = panels(f"{_words(metric)}: difference to {title(reference)}, all origins, 95 % intervals")
    rows = pick(differences, reference=reference, metric=metric, window="all", episodes=_first(differences))
    models = list(rows["model"].unique())
    for axis, target in zip(axes, TARGETS, strict=True):
        for place, model in enumerate(models):
            line = pick(rows, model=model, target=target).sort_values("horizon")
            axis.errorbar(
                [REPORTED_HORIZONS.index(h) + 0.12 * (place - (len(models) - 1) / 2) for h in line["horizon"]],
                line["value"],
                yerr=_bars(line),
                marker="o",
                markersize=3,
                linewidth=1,
                color=palette.METHODS.get(model),
                label=title(model),
            )
        axis.axhline(0, color=palette.REFERENCE, linewidth=1)
        axis.set(title=target, xlabel="months ahead")
        axis.set_xticks(range(len(REPORTED_HORIZONS)), [str(h) for h in REPORTED_HORIZONS])
        if metric in LESS_IS_BETTER:
            axis.invert_yaxis()
    _legend(figure, axes[0])
    return figure


def forest(differences: pd.DataFrame, pairs: Sequence[Pair], metric: str, horizon: int = 6) -> Figure:
    """Draw the difference of each pair in each window of origins, with 95 % intervals; one panel a target."""
    versus = "less" if metric in LESS_IS_BETTER else "more"
    figure, axes = panels(
        f"{_words(metric)} at {horizon} months: difference with 95 % interval over episodes (right: {versus}, better)",
        1.2 + 0.34 * len(pairs),
    )
    rows = pick(differences, metric=metric, horizon=horizon, episodes=_first(differences))
    for axis, target in zip(axes, TARGETS, strict=True):
        for place, (window, shade) in enumerate(palette.WINDOWS.items()):
            at = pick(rows, target=target, window=window).set_index(["model", "reference"]).reindex(pairs)
            axis.errorbar(
                at["value"],
                np.arange(len(pairs))[::-1] - 0.22 * (place - 1),
                xerr=_bars(at),
                fmt="o",
                markersize=4,
                linewidth=1.2,
                color=shade,
                label=f"origins {window.replace('_', ' ')}",
            )
        axis.axvline(0, color=palette.REFERENCE, linewidth=1)
        axis.set_yticks(np.arange(len(pairs))[::-1], [f"{a}\nagainst {b}" for a, b in pairs], fontsize=7)
        axis.set(title=target, ylim=(-0.6, len(pairs) - 0.4))
        axis.tick_params(axis="x", labelsize=8)
        if metric in LESS_IS_BETTER:
            axis.invert_xaxis()
        if axis in axes[1::2]:
            axis.tick_params(axis="y", labelleft=False)
    _legend(figure, axes[0])
    return figure


def champion_pairs(differences: pd.DataFrame) -> list[Pair]:
    """Return the pairs of the forest plot: the champion against both histories, other methods against own history."""
    pairs = dict.fromkeys(zip(differences["model"], differences["reference"], strict=True))
    ours = [(CHAMPION, OWN_HISTORY), (CHAMPION, HISTORY_BY_KIND)]
    others = [p for p in pairs if p not in ours and p[1] == OWN_HISTORY and p[0] != CLIMATOLOGY]
    return [p for p in ours if p in pairs] + others


def title(model: str) -> str:
    """Return the title of a method; a variant of a study has only its name."""
    return methods()[model].title if model in methods() else model


def panels(heading: str, height: float = 4.0) -> tuple[Figure, list[mpl.axes.Axes]]:
    """Return a figure with one panel for each target."""
    figure = Figure(figsize=(11, 2 * height), layout="constrained")
    figure.suptitle(heading)
    return figure, list(figure.subplots(2, 2).ravel())


def _legend(figure: Figure, axis: mpl.axes.Axes) -> None:
    figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8)


def _bars(rows: pd.DataFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return both lengths of each interval, at least 0, as a percentile interval can exclude its value."""
    return np.maximum([rows["value"] - rows["low"], rows["high"] - rows["value"]], 0.0)


def _first(differences: pd.DataFrame) -> str:
    return str(differences["episodes"].iloc[0])


def _words(metric: str) -> str:
    return "AUROC" if metric == "auroc" else metric.replace("_", " ").capitalize()
