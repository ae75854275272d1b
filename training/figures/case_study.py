"""The figure of a case file: risks at every origin against the episodes, ranks, inputs that moved, and feeds that failed."""

import io
from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import YearLocator
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from PIL import Image

from data import calendar
from data.contracts.forecasts import TARGETS
from data.files.atomic import atomic_write
from training.explanation.case_study import Case, Input
from training.figures import palette
from training.models.registry import methods

mpl.use("Agg")

WIDTH_INCHES, DPI = 12, 100
HEIGHTS = {"header": 0.32, "risk": 0.95, "rank": 1.0, "input": 0.42, "feed": 0.12}
TITLE = 0.19
"""Inches above each panel for its title."""
SMALL = 8.5


def draw(case: Case, alarm: tuple[pd.Timestamp, pd.Timestamp] | None = None) -> Figure:
    """Draw a case: a panel per target, the ranks, a strip per input, a bar per feed that was late or missing.

    `alarm`, first and last origin of a false alarm, is marked in the first panel.
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
        _onsets(axis, case.onsets(target))
    for axis in axes[len(case.targets) :]:
        _onsets(axis, every)
    for target in case.targets:
        _risk(next(rest), case, target)
    if alarm:
        _alarm(axes[0], *alarm)
    _rank(next(rest), case)
    for one in case.inputs:
        _input(next(rest), one)
    _feeds(next(rest), case, feeds)
    _months(axes, case)
    _words(figure, header, case)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure as a PNG of at most 128 colours, a quarter of the size; the file appears whole or not at all."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI, metadata={"Software": None})
    small = Image.open(drawn).convert("RGB")
    small = small.quantize(128, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    atomic_write(path, lambda draft: small.save(draft, format="PNG", optimize=True))


def _onsets(axis: Axes, months: Iterable[pd.Timestamp]) -> None:
    for month in months:
        axis.axvline(month, color=palette.QUIET, linewidth=0.8, zorder=1)


def _risk(axis: Axes, case: Case, target: str) -> None:
    _spans(axis, case, TARGETS[target])
    if target == "disruption":
        _spans(axis, case, ("attack",), top=0.07)
    longest = case.horizons[-1]
    for horizon in case.horizons:
        line = case.line(target, horizon)
        style = {"linewidth": 1.9} if horizon == longest else {"linewidth": 1.0, "linestyle": (0, (4, 1.5))}
        when = _when(line.index)
        axis.plot(when, 100 * line["risk"], color=palette.TARGETS[target], label=f"{target} {horizon}", **style)
        _lone_points(axis, when, 100 * line["risk"], palette.TARGETS[target])
        if horizon == longest and line["risk_low"].notna().any():
            axis.fill_between(
                when,
                100 * line["risk_low"],
                100 * line["risk_high"],
                color=palette.TARGETS[target],
                alpha=0.13,
                linewidth=0,
            )
    axis.set_ylim(0, max(1.12 * 100 * case.forecasts.loc[case.forecasts["target"] == target, "risk"].max(), 1.0))
    _title(axis, f"Risk of {target}, %", palette.TARGETS[target])


def _alarm(axis: Axes, first: pd.Timestamp, last: pd.Timestamp) -> None:
    start, end = _when([first, last])
    axis.plot(
        [start, end], [1.03, 1.03], transform=axis.get_xaxis_transform(), color="black", linewidth=3, clip_on=False
    )
    axis.annotate(
        "false alarm",
        (start + (end - start) / 2, 1.07),
        xycoords=("data", "axes fraction"),
        ha="center",
        fontsize=SMALL,
    )


def _rank(axis: Axes, case: Case) -> None:
    horizon = case.horizons[-1]
    for target in case.targets:
        line = case.line(target, horizon)
        wide = 1.9 if target == case.targets[0] else 1.1
        axis.plot(
            _when(line.index), line["rank"], color=palette.TARGETS[target], linewidth=wide, label=f"rank {target}"
        )
        _lone_points(axis, _when(line.index), line["rank"], palette.TARGETS[target])
    of = case.forecasts["of"]
    axis.set(yscale="log", ylim=(of.max(), 0.8))
    axis.yaxis.set_major_locator(FixedLocator([1, 5, 20, 100]))
    axis.yaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.axhline(20, color=palette.QUIET, linewidth=0.7, linestyle=":")
    counted = f"{of.min():.0f}-{of.max():.0f}" if of.min() < of.max() else f"{of.max():.0f}"
    _title(
        axis,
        f"Rank at {horizon} months among the {counted} capitals in which the target was calm (1: highest risk; dotted: 20)",
    )


def _input(axis: Axes, one: Input) -> None:
    when = _when(one.values.index)
    axis.plot(when, one.values, color=palette.INK, linewidth=1.3, label=one.feature)
    _lone_points(axis, when, one.values, palette.INK)
    for month in one.values.index[one.values.isna()]:
        axis.axvspan(month, calendar.as_of(month), facecolor=palette.FAINT, edgecolor="none", zorder=0)
    axis.yaxis.set_major_locator(MaxNLocator(2))
    axis.margins(y=0.15)
    if one.moved == 0:
        level = one.values.max()
        axis.set(ylim=(level - 0.2, level + 1), yticks=[level])
    ends = "; shaded: not known" if one.values.isna().any() else ""
    _title(axis, f"{one.label[0].upper()}{one.label[1:]} (moved {one.moved:.1f} sd{ends})")


def _feeds(axis: Axes, case: Case, feeds: list[str]) -> None:
    for place, feed in enumerate(feeds):
        for state, colour in (("stale", palette.LATE), ("missing", palette.MISSING)):
            marked = case.feeds[(case.feeds["feed"] == feed) & (case.feeds["state"] == state)]["origin"]
            for first, last in calendar.month_runs(marked):
                axis.barh(place, _when([last])[0] - first, left=first, height=0.7, color=colour)
    axis.set_yticks(range(len(feeds)), feeds)
    axis.set_ylim(len(feeds) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)
    words = "Feeds late at the origin (light: an older month stood in) or missing (dark: the models saw nothing)"
    _title(axis, words if feeds else "No feed was late or missing at any of these origins")
    if not feeds:
        axis.set_yticks([])


def _months(axes: list[Axes], case: Case) -> None:
    years = case.origins[-1].year - case.origins[0].year
    for axis in axes:
        axis.set_xlim(case.origins[0], _when([case.origins[-1]])[0] + pd.Timedelta(days=10))
        axis.xaxis.set_major_locator(YearLocator(1 if years <= 16 else 2))
        axis.grid(visible=True, color=palette.RULE, linewidth=0.7)
        axis.set_axisbelow(True)
        axis.tick_params(axis="x", labelbottom=axis is axes[-1], length=3 if axis is axes[-1] else 0)
        axis.tick_params(labelsize=8, color=palette.QUIET, labelcolor=palette.INK)
        axis.spines[["top", "right"]].set_visible(False)
        axis.spines[["left", "bottom"]].set_color(palette.OUTLINE)


def _words(figure: Figure, header: Axes, case: Case) -> None:
    shown = [kind for kind in palette.KINDS if kind in set(case.episodes["kind"])]
    boxes = [
        Patch(facecolor=palette.KINDS[k], alpha=_shade(k), label=k.replace("_", " ") + " (no target)" * (k == "attack"))
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
        f"what the backtest said, and what happened",
        fontsize=13,
        x=0.008,
        ha="left",
    )
    same = case.forecast_vintage == case.input_vintage
    figure.supxlabel(
        f"{methods()[case.model].title}, refitted every January. A point stands at the end of its origin month; its forecast knew nothing later. "
        "A gap in a curve: an episode of that target was going on.\n"
        f"Data {case.forecast_vintage}{'' if same else f', inputs drawn from {case.input_vintage}'}. "
        "Feeds are as revised since. Inputs: deaths in the country, corridors, and what moved most over the span (sd: over all capitals), one of each theme."
        + _wrapped("\nNot known at any of these origins: ", case.unknown),
        fontsize=7.8,
        color=palette.QUIET,
        x=0.008,
        ha="left",
    )


def _wrapped(head: str, labels: tuple[str, ...]) -> str:
    """Say what no feed told of, without the windows: `events 50-200 km out`, not `..., three months`."""
    short = dict.fromkeys(label.split(",")[0] for label in labels)
    return head + "; ".join(short) + "." if short else ""


def _spans(axis: Axes, case: Case, kinds: tuple[str, ...], top: float = 1.0) -> None:
    for row in case.episodes[case.episodes["kind"].isin(kinds)].itertuples():
        axis.axvspan(
            row.start,
            calendar.as_of(row.end),
            ymax=top,
            facecolor=palette.KINDS[row.kind],
            alpha=_shade(row.kind),
            edgecolor="none",
            zorder=0,
            label=f"{row.kind} {row.start:%Y-%m}",
        )


def _shade(kind: str) -> float:
    return 0.9 if kind == "attack" else 0.5


def _lone_points(axis: Axes, when: pd.DatetimeIndex, values: pd.Series, colour: str) -> None:
    """Mark values between two gaps: a line through one point is invisible."""
    known = values.notna().to_numpy()
    alone = known & ~pd.Series(known).shift(1, fill_value=False).to_numpy()
    alone &= ~pd.Series(known).shift(-1, fill_value=False).to_numpy()
    axis.plot(when[alone], values[alone], ".", color=colour, markersize=4)


def _when(origins: pd.Index | list[pd.Timestamp]) -> pd.DatetimeIndex:
    """Return the instants at which knowledge was frozen, where a forecast belongs on the time axis."""
    return pd.DatetimeIndex([calendar.as_of(pd.Timestamp(origin)) for origin in origins])


def _title(axis: Axes, text: str, colour: str = palette.INK) -> None:
    axis.set_title(text, loc="left", fontsize=SMALL, color=colour, pad=3)
