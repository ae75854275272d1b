"""Map of the world for a briefing: capitals by risk, the highest numbered."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from serving.briefing.facts import Facts
from serving.briefing.figures import new_figure
from serving.queries.reference.country_outlines import HEIGHT, WIDTH, outlines, project
from training.figures import palette

Floats = npt.NDArray[np.float64]
NUMBERED, CLEAR = 10, 14.0
"""Capitals numbered on the map, and the least distance between two readable numbers, in units of the map."""
OUTLINE_UNIT = 10


def world_figure(facts: Facts, ranked: pd.DataFrame) -> Figure:
    """Draw every capital at its place, larger with risk; those disrupted now are squares."""
    figure = new_figure(3.0)
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
    for number, (point, label) in enumerate(number_positions(x[calm & first], y[calm & first]), 1):
        axis.annotate(
            str(number),
            point,
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


def number_positions(x: Floats, y: Floats) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Place a number beside each point: on the nearest circle around it where it overlaps no point and no other number.

    Args:
        x, y: Points in units of the map.

    Returns:
        Each point with the position of its number.
    """
    taken = list(zip(x.tolist(), y.tolist(), strict=True))
    positions = []
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
        positions.append((place, label))
    return positions


def _outline(data: str) -> Path:
    """Convert SVG path data of `outlines` (tenths of a unit, relative after the first point of each ring) to a path."""
    vertices: list[Floats] = []
    codes: list[int] = []
    for ring in data.split("M")[1:]:
        steps = np.array(re.findall(r"-?\d+", ring), float).reshape(-1, 2) / OUTLINE_UNIT
        places = np.cumsum(steps, axis=0)
        vertices.append(places)
        codes += [Path.MOVETO, *[Path.LINETO] * (len(places) - 1)]
    return Path(np.concatenate(vertices), codes)
