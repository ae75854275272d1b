"""Panels of a case study's figure: risks over episodes, ranks, one input, and the feeds that were late or missing."""

from collections.abc import Iterable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from data import calendar
from data.contracts.forecasts import TARGETS
from training.explanation.case_study import Case, Input
from training.figures import palette

SMALL = 8.5
"""Font size of titles and labels, in points."""


def mark_onsets(axis: Axes, months: Iterable[pd.Timestamp]) -> None:
    """Draw a vertical line at each onset."""
    for month in months:
        axis.axvline(month, color=palette.QUIET, linewidth=0.8, zorder=1)


def risk_panel(axis: Axes, case: Case, target: str) -> None:
    """Draw the risk of one target at every origin and horizon over its episodes, with the interval of the longest horizon."""
    _spans(axis, case, TARGETS[target])
    if target == "disruption":
        _spans(axis, case, ("attack",), top=0.07)
    longest = case.horizons[-1]
    for horizon in case.horizons:
        line = case.line(target, horizon)
        style = {"linewidth": 1.9} if horizon == longest else {"linewidth": 1.0, "linestyle": (0, (4, 1.5))}
        when = instants(line.index)
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


def mark_false_alarm(axis: Axes, first: pd.Timestamp, last: pd.Timestamp) -> None:
    """Mark the origins of a sustained false alarm above a panel."""
    start, end = instants([first, last])
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


def rank_panel(axis: Axes, case: Case) -> None:
    """Draw the rank among calm capitals at the longest horizon, one line per target."""
    horizon = case.horizons[-1]
    for target in case.targets:
        line = case.line(target, horizon)
        wide = 1.9 if target == case.targets[0] else 1.1
        axis.plot(
            instants(line.index), line["rank"], color=palette.TARGETS[target], linewidth=wide, label=f"rank {target}"
        )
        _lone_points(axis, instants(line.index), line["rank"], palette.TARGETS[target])
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


def input_panel(axis: Axes, one: Input) -> None:
    """Draw one input at every origin, months without a value shaded."""
    when = instants(one.values.index)
    axis.plot(when, one.values, color=palette.INK, linewidth=1.3, label=one.feature)
    _lone_points(axis, when, one.values, palette.INK)
    for month in one.values.index[one.values.isna()]:
        axis.axvspan(month, calendar.as_of(month), facecolor=palette.FAINT, edgecolor="none", zorder=0)
    axis.yaxis.set_major_locator(MaxNLocator(2))
    axis.margins(y=0.15)
    if one.moved == 0:
        level = one.values.max()
        axis.set(ylim=(level - 0.2, level + 1), yticks=[level])
    ends = "; shaded: no value" if one.values.isna().any() else ""
    _title(axis, f"{one.label[0].upper()}{one.label[1:]} (moved {one.moved:.1f} sd{ends})")


def feed_panel(axis: Axes, case: Case, feeds: list[str]) -> None:
    """Draw a bar for every run of origins at which a feed was late or missing."""
    for place, feed in enumerate(feeds):
        for state, colour in (("stale", palette.LATE), ("missing", palette.MISSING)):
            marked = case.feeds[(case.feeds["feed"] == feed) & (case.feeds["state"] == state)]["origin"]
            for first, last in calendar.month_runs(marked):
                axis.barh(place, instants([last])[0] - first, left=first, height=0.7, color=colour)
    axis.set_yticks(range(len(feeds)), feeds)
    axis.set_ylim(len(feeds) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)
    title = "Feeds late at the origin (light: an older month was used) or missing (dark: the models had no value)"
    _title(axis, title if feeds else "No feed was late or missing at any of these origins")
    if not feeds:
        axis.set_yticks([])


def _spans(axis: Axes, case: Case, kinds: tuple[str, ...], top: float = 1.0) -> None:
    for row in case.episodes[case.episodes["kind"].isin(kinds)].itertuples():
        axis.axvspan(
            row.start,
            calendar.as_of(row.end),
            ymax=top,
            facecolor=palette.KINDS[row.kind],
            alpha=episode_alpha(row.kind),
            edgecolor="none",
            zorder=0,
            label=f"{row.kind} {row.start:%Y-%m}",
        )


def episode_alpha(kind: str) -> float:
    """Return the opacity of an episode: an attack is a thin strip, other kinds lie under the curves."""
    return 0.9 if kind == "attack" else 0.5


def _lone_points(axis: Axes, when: pd.DatetimeIndex, values: pd.Series, colour: str) -> None:
    """Mark single values between two gaps, as a line through one point is invisible."""
    known = values.notna().to_numpy()
    alone = known & ~pd.Series(known).shift(1, fill_value=False).to_numpy()
    alone &= ~pd.Series(known).shift(-1, fill_value=False).to_numpy()
    axis.plot(when[alone], values[alone], ".", color=colour, markersize=4)


def instants(origins: pd.Index | list[pd.Timestamp]) -> pd.DatetimeIndex:
    """Return the as-of instant of each origin, where its forecast lies on the time axis."""
    return pd.DatetimeIndex([calendar.as_of(pd.Timestamp(origin)) for origin in origins])


def _title(axis: Axes, text: str, colour: str = palette.INK) -> None:
    axis.set_title(text, loc="left", fontsize=SMALL, color=colour, pad=3)
