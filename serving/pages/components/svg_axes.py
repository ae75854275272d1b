"""Scale, axes and frame of a chart as SVG text."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 340, 190
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 36


@dataclass(frozen=True)
class Scale:
    """Maps values to places on the drawing."""

    x_first: float
    x_last: float
    y_top: float
    width: int = WIDTH

    def x(self, value: float) -> float:
        """Return the horizontal place of a value."""
        span = max(self.x_last - self.x_first, 1e-9)
        return LEFT + (value - self.x_first) / span * (self.width - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Return the vertical place of a value; 0 is at the bottom."""
        return TOP + (1 - value / self.y_top) * (HEIGHT - TOP - BOTTOM)

    def ticks(self) -> list[float]:
        """Return the four marks of the vertical axis above 0."""
        return [self.y_top * part / 4 for part in (1, 2, 3, 4)]


def nice_top(highest: float) -> float:
    """Return a round upper end of an axis of probabilities, 1 % at least."""
    for top in (0.01, 0.02, 0.04, 0.08, 0.12, 0.2, 0.4, 0.6, 0.8):
        if highest <= top:
            return top
    return 1.0


def pieces(months: Sequence[int], values: Sequence[float]) -> list[list[tuple[int, float]]]:
    """Split a series into its runs without NaN."""
    runs: list[list[tuple[int, float]]] = [[]]
    for month, value in zip(months, values, strict=True):
        if math.isnan(value):
            runs.append([])
        else:
            runs[-1].append((month, value))
    return [run for run in runs if run]


def axes(scale: Scale, marks: Sequence[tuple[float, str]], title: str) -> list[str]:
    """Draw the axes: percent on the vertical one, marks (place, label) and a title on the horizontal one."""
    floor, right = scale.y(0), scale.width - RIGHT
    parts = [f'<line class="axis" x1="{LEFT}" y1="{floor:.1f}" x2="{right}" y2="{floor:.1f}"/>']
    for tick in scale.ticks():
        y = scale.y(tick)
        parts.append(f'<line class="rule" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{short(100 * tick)} %</text>')
    parts.append(f'<text x="{LEFT - 5}" y="{floor + 4:.1f}" text-anchor="end">0 %</text>')
    for place, text in marks:
        x = scale.x(place)
        # A long last label would be cut off at the edge of the drawing.
        anchor = "end" if len(text) > 2 and x > right - 20 else "middle"
        parts.append(f'<text x="{x:.1f}" y="{floor + 15:.1f}" text-anchor="{anchor}">{escape(text)}</text>')
    middle = (LEFT + right) / 2
    parts.append(f'<text x="{middle:.1f}" y="{HEIGHT - 4}" text-anchor="middle">{escape(title)}</text>')
    return parts


def short(value: float) -> str:
    """Return a number with at most two decimals, without trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def points(scale: Scale, places: Sequence[tuple[float, float]]) -> str:
    """Return the points attribute of a polyline or polygon."""
    return " ".join(f"{scale.x(x):.1f},{scale.y(y):.1f}" for x, y in places)


def svg(parts: Sequence[str], name: str, width: int) -> str:
    """Return the chart as an SVG element; `name` is its text alternative."""
    body = "".join(parts)
    return f'<svg class="chart" viewBox="0 0 {width} {HEIGHT}" role="img" aria-label="{escape(name, quote=True)}">{body}</svg>'
