"""The figures of a briefing: risk curves, the past, where attacks were, calibration, the world."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from data import calendar
from data.contracts.forecasts import TARGETS
from data.geometry import COMPASS, SECTORS
from data.panel.view import as_of
from serving.briefing.facts import JUDGED_HORIZON, Facts
from serving.queries import wording
from serving.queries.country_outlines import HEIGHT, WIDTH, outlines, project
from training.evaluation.scores import reliability_curve
from training.figures import palette

Floats = npt.NDArray[np.float64]
WIDTH_INCHES = 7.0
NUMBERED, CLEAR = 10, 14.0
"""Capitals numbered on the map, and the distance between two numbers at which both can be read, in its units."""
OUTLINE_UNIT = 10


def _figure(height: float) -> Figure:
    return Figure(figsize=(WIDTH_INCHES, height), layout="constrained")


def curves(risks: Mapping[str, pd.DataFrame], usual: Sequence[float]) -> Figure:
    """Draw the risk of each target by months ahead, with its interval where there is one, and the usual capital."""
    figure = _figure(1.75)
    axes = figure.subplots(1, len(TARGETS), sharey=True)
    for axis, (target, rows) in zip(axes, risks.items(), strict=True):
        axis.set_title(wording.TARGETS[target], fontsize=8, color=palette.TARGETS[target], loc="left")
        if rows["risk"].notna().any():
            axis.plot(
                rows["horizon"],
                100 * rows["risk"],
                color=palette.TARGETS[target],
                linewidth=1.8,
                marker="o",
                markersize=2.5,
            )
            if rows["risk_low"].notna().any():
                low, high = 100 * rows["risk_low"], 100 * rows["risk_high"]
                axis.fill_between(rows["horizon"], low, high, color=palette.TARGETS[target], alpha=0.15, linewidth=0)
        else:
            axis.text(
                0.5, 0.5, "going on\nor not stated", ha="center", va="center", transform=axis.transAxes, fontsize=8
            )
        if target == "disruption":
            axis.plot(
                range(1, len(usual) + 1), [100 * u for u in usual], color=palette.QUIET, linewidth=1, linestyle="--"
            )
            axis.annotate(
                "usual capital",
                (len(usual), 100 * usual[-1]),
                fontsize=6.5,
                color=palette.QUIET,
                ha="right",
                va="bottom",
            )
        axis.set(xticks=[1, 3, 6, 12], xlabel="months ahead")
        _plain(axis)
    highest = [float(rows[["risk", "risk_high"]].max(axis=None, skipna=True)) for rows in risks.values()]
    axes[0].set_ylim(0, 108 * np.nanmax([*highest, *usual]))
    axes[0].set_ylabel("risk, %", fontsize=7.5)
    return figure


def history(past: pd.DataFrame, spans: Sequence[tuple[int, int]], first: pd.Timestamp, last: pd.Timestamp) -> Figure:
    """Draw past forecasts of one capital over its months of disruption, which are shaded."""
    figure = _figure(1.7)
    axis = figure.subplots()
    for start, end in spans:
        begun = max(calendar.month_at(start), first)
        axis.axvspan(begun, calendar.as_of(calendar.month_at(end)), color=palette.RULE, linewidth=0)
    line = past.set_index("origin")["risk"].reindex(calendar.month_range(first, last))
    axis.plot(line.index, 100 * line, color=palette.ACCENT, linewidth=1.6)
    axis.set(xlim=(first, calendar.as_of(last)), ylabel=f"risk within\n{JUDGED_HORIZON} months, %")
    axis.set_ylim(bottom=0)
    _plain(axis)
    return figure


def surroundings(facts: Facts, row: int) -> tuple[Figure, str, str]:
    """Draw deaths in the country, and where attacks were if that is known; return what is drawn and what is known in words."""
    view = as_of(facts.panel, facts.origin)
    events = np.array([view.recent("rings", f"events_s{s}", 12)[row].sum() for s in range(SECTORS)])
    deaths = view.recent("countries", "deaths", 60)[row]
    age, old = view.age("rings")[row], view.age("countries")[row]
    known = bool(np.isfinite(events).all())
    figure = _figure(1.9 if known else 1.5)
    right = figure.add_subplot(1, 3, (2, 3) if known else (1, 3))
    if known:
        _directions(figure.add_subplot(1, 3, 1, projection="polar"), events)
    if np.isfinite(deaths).any():
        end = calendar.month_index(facts.origin) - int(old)
        months = [calendar.month_at(end - back) for back in range(len(deaths) - 1, -1, -1)]
        right.bar(months, deaths, width=25, color=palette.INK)
        right.axvline(calendar.as_of(facts.origin), color=palette.QUIET, linewidth=0.8, linestyle=":")
    else:
        right.text(
            0.5, 0.5, "not known", ha="center", va="center", transform=right.transAxes, fontsize=8, color=palette.QUIET
        )
    right.set_title("Deaths in organized violence in the whole country, by month", fontsize=7.5, loc="left")
    _plain(right)
    shown = "Deaths in the country by month"
    if known:
        newest = wording.month(calendar.month_at(calendar.month_index(facts.origin) - int(age)))
        said = f"{events.sum():.0f} attacks 10 to 200 km from the seat in the twelve months to {newest}."
        return figure, f"Attacks around the seat by direction. {shown}.", said
    if np.isfinite(age):
        newest = wording.month(calendar.month_at(calendar.month_index(facts.origin) - int(age)))
        said = f"Where attacks were around the city is known to {newest} only: too old to be shown."
    else:
        said = "Where attacks were around the city was not known at this origin."
    return figure, f"{shown}.", said


def _directions(axis: Any, events: Floats) -> None:
    places = np.arange(SECTORS) * 2 * np.pi / SECTORS
    axis.set_theta_zero_location("N")
    axis.set_theta_direction(-1)
    axis.set_xticks(places, COMPASS, fontsize=7)
    axis.set_yticks([])
    axis.bar(places, events, width=2 * np.pi / SECTORS * 0.9, color=palette.TARGETS["fighting"], alpha=0.75)
    axis.set_title("Attacks 10-200 km out,\nby direction, 12 months", fontsize=7.5)


def calibration(facts: Facts) -> Figure:
    """Draw what followed against what was said, in ten groups of past forecasts."""
    figure = _figure(2.3)
    axis = figure.subplots()
    rows = facts.judged()
    if len(rows):
        said, happened, _ = reliability_curve(rows["risk"].to_numpy(), rows["observed"].to_numpy(), 20)
        top = 100 * max(said.max(), happened.max()) * 1.1
        axis.plot([0, top], [0, top], color=palette.QUIET, linewidth=0.9, linestyle="--", label="as often as said")
        axis.plot(
            100 * said,
            100 * happened,
            "o",
            color=palette.ACCENT,
            markersize=4,
            label="a twentieth of the forecasts",
        )
        axis.legend(fontsize=7, frameon=False, loc="upper left")
    axis.set(xlabel=f"risk of disruption said, within {JUDGED_HORIZON} months, %", ylabel="followed by one, %")
    _plain(axis)
    return figure


def world(facts: Facts, ranked: pd.DataFrame) -> Figure:
    """Draw every capital at its place, larger with risk; those disrupted now are squares."""
    figure = _figure(3.0)
    axis = figure.subplots()
    for path in outlines().values():
        axis.add_patch(PathPatch(_outline(path), facecolor=palette.FAINT, edgecolor=palette.OUTLINE, linewidth=0.3))
    places = facts.served.capitals.loc[ranked["iso3"]]
    calm = (ranked["state"] == "calm").to_numpy()
    score = ranked["score"].fillna(0).to_numpy()
    x, y = project(places["longitude"].to_numpy(), places["latitude"].to_numpy())
    axis.scatter(x[calm], y[calm], s=4 + 500 * score[calm], color=palette.ACCENT, alpha=0.6, linewidth=0)
    axis.scatter(
        x[~calm],
        y[~calm],
        s=22,
        marker="s",
        facecolor="none",
        edgecolor=palette.INK,
        linewidth=0.9,
        label="disrupted now",
    )
    first = calm.cumsum() <= NUMBERED
    for number, (at, label) in enumerate(apart(x[calm & first], y[calm & first]), 1):
        axis.annotate(
            str(number),
            at,
            xytext=label,
            fontsize=6.5,
            weight="bold",
            ha="center",
            va="center",
            arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": palette.INK, "shrinkA": 4, "shrinkB": 0},
        )
    axis.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0), xticks=[], yticks=[], aspect="equal")
    axis.legend(fontsize=7, frameon=False, loc="lower left")
    axis.spines[:].set_color(palette.RULE)
    return figure


def apart(x: Floats, y: Floats) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return each place with where its number goes: the first free of ever wider turns around it, clear of every place and number."""
    taken = list(zip(x.tolist(), y.tolist(), strict=True))
    made = []
    for place in list(taken):
        turns = (
            (place[0] + reach * np.cos(angle), place[1] - reach * np.sin(angle))
            for reach in (CLEAR, 1.6 * CLEAR, 2.4 * CLEAR, 3.6 * CLEAR)
            for angle in np.radians(np.arange(45, 405, 30))
        )
        label = max(
            turns,
            key=lambda spot: min(CLEAR, *(np.hypot(spot[0] - a, spot[1] - b) for a, b in taken if (a, b) != place)),
        )
        taken.append(label)
        made.append((place, label))
    return made


def _outline(data: str) -> Path:
    """Turn path data of `outlines` (tenths of a unit, steps after the first place of each ring) into a drawable path."""
    vertices: list[Floats] = []
    codes: list[int] = []
    for ring in data.split("M")[1:]:
        steps = np.array(re.findall(r"-?\d+", ring), float).reshape(-1, 2) / OUTLINE_UNIT
        places = np.cumsum(steps, axis=0)
        vertices.append(places)
        codes += [Path.MOVETO, *[Path.LINETO] * (len(places) - 1)]
    return Path(np.concatenate(vertices), codes)


def _plain(axis: object) -> None:
    axis.spines[["top", "right"]].set_visible(False)  # type: ignore[attr-defined]
    axis.tick_params(labelsize=7, color=palette.QUIET)  # type: ignore[attr-defined]
    axis.xaxis.label.set_size(7.5)  # type: ignore[attr-defined]
    axis.yaxis.label.set_size(7.5)  # type: ignore[attr-defined]
