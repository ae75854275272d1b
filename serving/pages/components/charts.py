"""Small charts as SVG text, coloured by the page's style sheet so that they follow light and dark."""

import math
from collections.abc import Mapping, Sequence
from html import escape

from data import calendar
from serving.pages.components.svg_axes import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Scale,
    axes,
    nice_top,
    pieces,
    points,
    short,
    svg,
)

DOTTED = 60
"""Most months of a line whose every month has a dot."""


def risk_curve(risk: Sequence[float], low: Sequence[float], high: Sequence[float], top: float, name: str) -> str:
    """Draw risk by horizon (1..12 months) with its interval; an empty interval is left out."""
    scale = Scale(1, len(risk), top)
    horizons = range(1, len(risk) + 1)
    parts = axes(scale, [(float(h), str(h)) for h in horizons if h in (1, 3, 6, 9, 12)], "months ahead")
    if low and high:
        edge = [*zip(horizons, high, strict=True), *reversed(list(zip(horizons, low, strict=True)))]
        parts.append(f'<polygon class="band" points="{points(scale, edge)}"/>')
    curve = list(zip(horizons, risk, strict=True))
    parts.append(f'<polyline class="line" points="{points(scale, curve)}"/>')
    parts += [f'<circle class="dot" cx="{scale.x(h):.1f}" cy="{scale.y(r):.1f}" r="2.5"/>' for h, r in curve]
    return svg(parts, name, WIDTH)


def two_curves(before: Sequence[float], after: Sequence[float], top: float, name: str) -> str:
    """Draw risk by horizon before a change (dashed) and after it (solid)."""
    scale = Scale(1, len(after), top)
    horizons = range(1, len(after) + 1)
    parts = axes(scale, [(float(h), str(h)) for h in horizons if h in (1, 3, 6, 9, 12)], "months ahead")
    for line, look in ((before, "line was"), (after, "line")):
        parts.append(f'<polyline class="{look}" points="{points(scale, list(zip(horizons, line, strict=True)))}"/>')
    return svg(parts, name, WIDTH)


def history(
    months: Sequence[int],
    risk: Sequence[float],
    spans: Sequence[tuple[int, int]],
    labels: Sequence[tuple[int, str]],
    name: str,
    seams: Mapping[int, bool] | None = None,
) -> str:
    """Draw risk by month (counted from any start) over shaded episodes; NaN breaks the line.

    `seams` are the first months of fits: a dotted line where it is marked, else a tick.
    """
    width = 560
    known = [r for r in risk if not math.isnan(r)]
    scale = Scale(min(months), max(months), nice_top(max(known, default=0.0)), width)
    parts = []
    for first, last in spans:
        left, right = scale.x(max(first - 0.5, scale.x_first)), scale.x(min(last + 0.5, scale.x_last))
        height = HEIGHT - TOP - BOTTOM
        parts.append(
            f'<rect class="episode" x="{left:.1f}" y="{TOP}" width="{max(right - left, 2):.1f}" height="{height}"/>'
        )
    parts += axes(scale, [(float(m), text) for m, text in labels], "month of the forecast")
    for month, whole in (seams or {}).items():
        x, foot = scale.x(month - 0.5), HEIGHT - BOTTOM
        parts.append(f'<line class="seam" x1="{x:.1f}" y1="{TOP if whole else foot - 5}" x2="{x:.1f}" y2="{foot}"/>')
    for piece in pieces(months, risk):
        parts.append(f'<polyline class="line" points="{points(scale, piece)}"/>')
        marked = piece if len(months) <= DOTTED or len(piece) == 1 else []
        parts += [f'<circle class="dot" cx="{scale.x(m):.1f}" cy="{scale.y(r):.1f}" r="2"/>' for m, r in marked]
    return svg(parts, name, width)


def shares(months: Sequence[int], lines: Mapping[str, Sequence[float]], name: str) -> str:
    """Draw relative changes of up to two series by month around a zero line, each with its label at its end."""
    width = 560
    known = [v for line in lines.values() for v in line if not math.isnan(v)]
    edge = math.ceil(10 * max(0.1, *(abs(v) for v in known)) - 1e-9) / 10
    scale = Scale(months[0], max(months[-1], months[0] + 1), 2 * edge, width)
    right, parts = width - RIGHT, []
    for share in (-edge, -edge / 2, 0, edge / 2, edge):
        y = scale.y(share + edge)
        look = "axis" if share == 0 else "rule"
        parts.append(f'<line class="{look}" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{100 * share:+.0f} %</text>')
    for place in sorted({months[0], months[len(months) // 2], months[-1]}):
        anchor = "start" if place == months[0] else "end" if place == months[-1] else "middle"
        text = f"{calendar.month_at(place):%b %Y}"
        parts.append(f'<text x="{scale.x(place):.1f}" y="{HEIGHT - 16}" text-anchor="{anchor}">{text}</text>')
    for look, (label, line) in zip(("line", "line second"), lines.items(), strict=False):
        moved = [v + edge for v in line]
        parts += [f'<polyline class="{look}" points="{points(scale, p)}"/>' for p in pieces(months, moved)]
        month, value = [(m, v) for m, v in zip(months, moved, strict=True) if not math.isnan(v)][-1]
        parts.append(
            f'<text class="name" x="{scale.x(month):.1f}" y="{scale.y(value) - 6:.1f}" text-anchor="end">{escape(label)}</text>'
        )
    return svg(parts, name, width)


def reliability(pairs: Sequence[tuple[float, float]], name: str) -> str:
    """Draw observed frequency (upwards) against forecast risk, as (risk, frequency) pairs; on the dashed line both are equal."""
    top = nice_top(max(max(pair) for pair in pairs))
    scale = Scale(0, top, top)
    parts = axes(scale, [(tick, f"{short(100 * tick)} %") for tick in (0, top / 2, top)], "forecast risk")
    parts.append(f'<polyline class="line was" points="{points(scale, [(0, 0), (top, top)])}"/>')
    parts.append(f'<polyline class="line" points="{points(scale, pairs)}"/>')
    parts += [f'<circle class="dot" cx="{scale.x(a):.1f}" cy="{scale.y(b):.1f}" r="3.5"/>' for a, b in pairs]
    return svg(parts, name, WIDTH)


def bar(share: float) -> str:
    """Draw a signed share of the strongest as a bar to the right of the middle (raises) or to the left (lowers)."""
    length = 48 * min(abs(share), 1)
    x, look = (50, "more") if share >= 0 else (50 - length, "less")
    return (
        '<svg class="bar" viewBox="0 0 100 12" aria-hidden="true"><path class="axis" d="M50 0v12"/>'
        f'<rect class="{look}" x="{x:.1f}" y="2" width="{max(length, 0.5):.1f}" height="8"/></svg>'
    )
