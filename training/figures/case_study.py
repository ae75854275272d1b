"""Figure of a case study: risks at every origin against episodes, ranks, inputs that moved, and the state of feeds."""

import io
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import YearLocator
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from PIL import Image

from data.files.atomic import atomic_write
from training.explanation.case_study import Case
from training.figures import palette
from training.figures.case_panels import (
    SMALL,
    episode_alpha,
    feed_panel,
    input_panel,
    instants,
    mark_false_alarm,
    mark_onsets,
    rank_panel,
    risk_panel,
)
from training.models.registry import methods

mpl.use("Agg")

WIDTH_INCHES, DPI = 12, 100
HEIGHTS = {"header": 0.32, "risk": 0.95, "rank": 1.0, "input": 0.42, "feed": 0.12}
TITLE = 0.19
"""Inches above each panel for its title."""


def draw(case: Case, alarm: tuple[pd.Timestamp, pd.Timestamp] | None = None) -> Figure:
    """Draw a case study: a panel per target, the ranks, a strip per input, a bar per feed that was late or missing.

    Args:
        case: Case study.
        alarm: First and last origin of a false alarm, marked in the first panel.
    """
    feeds = sorted(case.feeds["feed"].unique())
    heights = [HEIGHTS["header"], *[HEIGHTS["risk"]] * len(case.targets), HEIGHTS["rank"]]
    heights += [HEIGHTS["input"]] * len(case.inputs) + [(len(feeds) + 1) * HEIGHTS["feed"]]
    figure = Figure(figsize=(WIDTH_INCHES, sum(heights) + TITLE * len(heights) + 0.9), dpi=DPI, layout="constrained")
    figure.get_layout_engine().set(h_pad=0.02, hspace=0.0)
    header, *axes = figure.subplots(len(heights), 1, height_ratios=heights)
    rest = iter(axes)
    every = {onset for target in case.targets for onset in case.onsets(target)}
    for target, axis in zip(case.targets, axes, strict=False):
        mark_onsets(axis, case.onsets(target))
    for axis in axes[len(case.targets) :]:
        mark_onsets(axis, every)
    for target in case.targets:
        risk_panel(next(rest), case, target)
    if alarm:
        mark_false_alarm(axes[0], *alarm)
    rank_panel(next(rest), case)
    for one in case.inputs:
        input_panel(next(rest), one)
    feed_panel(next(rest), case, feeds)
    _months(axes, case)
    _legend_and_notes(figure, header, case)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure atomically as a PNG of at most 128 colours, a quarter of the size."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI, metadata={"Software": None})
    small = Image.open(drawn).convert("RGB")
    small = small.quantize(128, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    atomic_write(path, lambda draft: small.save(draft, format="PNG", optimize=True))


def _months(axes: list[Axes], case: Case) -> None:
    years = case.origins[-1].year - case.origins[0].year
    for axis in axes:
        axis.set_xlim(case.origins[0], instants([case.origins[-1]])[0] + pd.Timedelta(days=10))
        axis.xaxis.set_major_locator(YearLocator(1 if years <= 16 else 2))
        axis.grid(visible=True, color=palette.RULE, linewidth=0.7)
        axis.set_axisbelow(True)
        axis.tick_params(axis="x", labelbottom=axis is axes[-1], length=3 if axis is axes[-1] else 0)
        axis.tick_params(labelsize=8, color=palette.QUIET, labelcolor=palette.INK)
        axis.spines[["top", "right"]].set_visible(False)
        axis.spines[["left", "bottom"]].set_color(palette.OUTLINE)


def _legend_and_notes(figure: Figure, header: Axes, case: Case) -> None:
    shown = [kind for kind in palette.KINDS if kind in set(case.episodes["kind"])]
    boxes = [
        Patch(
            facecolor=palette.KINDS[k],
            alpha=episode_alpha(k),
            label=k.replace("_", " ") + " (no target)" * (k == "attack"),
        )
        for k in shown
    ]
    *short, longest = case.horizons
    lines = [Line2D([], [], color=palette.QUIET, linewidth=1.9, label=f"within {longest} months")]
    lines += [
        Line2D([], [], color=palette.QUIET, linewidth=1, linestyle=(0, (4, 1.5)), label=f"within {h} months")
        for h in short
    ]
    lines += [Line2D([], [], color=palette.QUIET, linewidth=0.8, label="onset")]
    header.axis("off")
    header.legend(
        handles=[*lines, *boxes],
        loc="upper left",
        bbox_to_anchor=(-0.01, 1.2),
        ncols=7,
        fontsize=SMALL,
        frameon=False,
        handlelength=1.8,
    )
    figure.suptitle(
        f"{case.capital} ({case.iso3}), origins {case.origins[0]:%Y-%m} to {case.origins[-1]:%Y-%m}: "
        f"backtest forecasts and outcomes",
        fontsize=13,
        x=0.008,
        ha="left",
    )
    same = case.forecast_vintage == case.input_vintage
    figure.supxlabel(
        f"{methods()[case.model].title}, refitted every January. A point stands at the end of its origin month; its forecast uses nothing later. "
        "A gap in a curve: an ongoing episode of that target.\n"
        f"Data {case.forecast_vintage}{'' if same else f', inputs drawn from {case.input_vintage}'}. "
        "Feeds are as revised since. Inputs: deaths in the country, corridors, and what moved most over the span (sd: over all capitals), one of each theme."
        + _listed("\nNo value at any of these origins: ", case.unknown),
        fontsize=7.8,
        color=palette.QUIET,
        x=0.008,
        ha="left",
    )


def _listed(head: str, labels: tuple[str, ...]) -> str:
    """Return one sentence that lists labels without their windows: `events 50-200 km out`, not `..., three months`."""
    short = dict.fromkeys(label.split(",")[0] for label in labels)
    return head + "; ".join(short) + "." if short else ""
