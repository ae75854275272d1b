"""Detail of one risk of one capital: its drivers, its analogues, and past forecasts of it."""

from typing import Any

import numpy as np

from data import calendar
from data.contracts.forecasts import TARGETS
from serving.pages.components import charts
from serving.queries import wording
from serving.queries.analogues import find_analogues
from serving.queries.capital import drivers_of, episodes_of
from serving.queries.explanations import explain_risk
from serving.queries.versions import BACKTEST, version_at
from serving.schemas.fields import Target
from serving.served_publication import ServedPublication
from training.explanation.drivers import matters, times

ANALOGUES = 12
"""Analogues shown."""


def risk_detail(served: ServedPublication, iso3: str, target: Target, horizon: int) -> dict[str, Any]:
    """Return drivers, analogues and past forecasts of a target within a horizon of 1, 3, 6 or 12 months."""
    return {
        "target": target,
        "horizon": horizon,
        "drivers": _drivers(served, iso3, target, horizon),
        "analogues": find_analogues(served, iso3, served.newest_origin, target, horizon, ANALOGUES),
        "history": _history(served, iso3, target, horizon),
    }


def _drivers(served: ServedPublication, iso3: str, target: Target, horizon: int) -> dict[str, Any]:
    """Return the drivers with their bars, strongest first; a model without drivers shows those published, of six months."""
    explained = explain_risk(served, iso3, served.newest_origin, target, horizon)
    themes = drivers_of(served, iso3, target, served.newest_origin) if explained is None else explained.drivers
    average = here = None
    if explained is not None and explained.base is not None:
        average, here = 1 / (1 + np.exp(-explained.base)), explained.risk
    largest = max((abs(d.contribution) for d in themes), default=1.0)
    lines = [
        {
            "theme": f"{d.label[0].upper()}{d.label[1:]}",
            "times": times(d.contribution),
            "facts": [{"text": f.text, "times": times(f.contribution)} for f in d.facts if matters(f.contribution)],
            "sentence": d.sentence,
            "bar": charts.bar(d.contribution / largest),
        }
        for d in themes
        if matters(d.contribution)
    ]
    return {"lines": lines, "average": average, "here": here}


def _history(served: ServedPublication, iso3: str, target: Target, horizon: int) -> dict[str, Any] | None:
    """Return the drawing and table of past forecasts; None where there are fewer than two origins."""
    rows = served.publication.history
    rows = rows[(rows["iso3"] == iso3) & (rows["target"] == target)].sort_values("origin")
    points = list(zip(rows["origin"], rows[f"h{horizon}"].astype(float), strict=True))
    if len(points) < 2:
        return None
    months = [calendar.month_index(o) for o, _ in points]
    spans = _spans(served, iso3, target, months[0], months[-1])
    labels = [
        (m, f"{calendar.month_at(m):%b %Y}") for m in sorted({int(v) for v in np.linspace(months[0], months[-1], 5)})
    ]
    capital = served.capitals.at[iso3, "capital"]
    name = (
        f"{capital}: forecast risk of {wording.TARGETS[target].lower()} {wording.within(horizon)} by month of the forecast, "
        "disrupted months shaded"
    )
    versions = [version_at(served, o) for o, _ in points]
    seams = {
        month: not (old.startswith(BACKTEST) and new.startswith(BACKTEST))
        for month, old, new in zip(months[1:], versions, versions[1:], strict=False)
        if old != new
    }
    drawing = charts.history(months, [risk for _, risk in points], spans, labels, name, seams)
    lines = [
        {"origin": wording.month(o), "risk": risk, "version": version, "seam": calendar.month_index(o) in seams}
        for (o, risk), version in zip(reversed(points), reversed(versions), strict=True)
    ]
    return {"drawing": drawing, "lines": lines}


def _spans(served: ServedPublication, iso3: str, target: str, first: int, last: int) -> list[tuple[int, int]]:
    """Return the runs of disrupted months of a target within first..last; adjacent episodes are merged."""
    episodes = episodes_of(served, iso3)
    episodes = episodes[episodes["kind"].isin(TARGETS[target])]
    marked = np.zeros(last - first + 1, bool)
    for start, end in zip(
        calendar.month_indices(episodes["start"]), calendar.month_indices(episodes["end"]), strict=True
    ):
        marked[max(start - first, 0) : max(end - first + 1, 0)] = True
    return calendar.runs(np.flatnonzero(marked) + first)
