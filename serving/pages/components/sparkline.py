"""Sparkline of the risk over the last two years."""

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 96, 22


def sparkline(risk: Sequence[float], ongoing: Sequence[bool], name: str) -> str:
    """Draw risks by month on a scale from 0 to their maximum; disrupted months are marked by a bar at the foot."""
    top = max((r for r in risk if not math.isnan(r)), default=0.0) or 1.0
    step = (WIDTH - 4) / max(len(risk) - 1, 1)
    bars, path, pen = "", "", "M"
    for i, (value, on) in enumerate(zip(risk, ongoing, strict=True)):
        x = 2 + i * step
        if on:
            bars += f"M{x - step / 2:.0f} {HEIGHT - 1}h{step:.0f}"
        if math.isnan(value):
            pen = "M"
            continue
        path += f"{pen}{x:.0f} {HEIGHT - 4 - (HEIGHT - 7) * value / top:.0f}"
        pen = "L"
    marks = f'<path class="spark-on" d="{bars}"/>' if bars else ""
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name, quote=True)}">'
        f'{marks}<path class="spark-line" d="{path}"/></svg>'
    )
