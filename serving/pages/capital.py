"""The page of one capital: curves, drivers, past forecasts and episodes."""

import math
from typing import Annotated, Any

import numpy as np
import pandas as pd
from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from data import calendar
from data.contracts import TARGETS
from serving.capital_record import curve_of, episodes_of, ongoing_at
from serving.lookup import CurrentIssue, Iso3, require_capital
from serving.pages import charts, words
from serving.pages.markets import GOODS, prices
from serving.pages.render import page
from serving.pages.surroundings import surroundings
from serving.pages.what_if import WhatIf, what_if
from serving.routes.drivers import Analogues, ManyLike, analogues
from serving.schemas import Curve
from serving.state import Issue

ALIKE = 12
PAST_HORIZON = 6
"""Horizon of the line that is drawn through past forecasts."""
router = APIRouter(include_in_schema=False)


@router.get("/capitals/{iso3}", response_class=HTMLResponse)
def capital(iso3: Iso3, issue: CurrentIssue, asked: Annotated[WhatIf, Query()]) -> HTMLResponse:
    """Show one capital's risk curves, what is going on, drivers, what if, past, surroundings, prices and missing data."""
    code = require_capital(issue, iso3)
    rows = issue.forecasts[issue.newest]
    own = rows[rows["iso3"] == code]
    going_on = ongoing_at(issue, code, issue.newest)
    curves = {target: curve_of(issue, own, code, target, going_on) for target in TARGETS}
    place = issue.capitals.loc[code]
    top = charts.nice_top(max((max(c.risk_high or c.risk) for c in curves.values() if c.risk), default=0.0))
    return page(
        issue,
        "capital.html",
        place={"iso3": code, "capital": place["capital"], "country": place["country"], "region": place["region"]},
        published=not own.empty,
        going_on=words.going_on([e for e in going_on if e.kind != "attack"])
        if curves["disruption"].state == "ongoing"
        else "",
        blocks=[_block(target, curve, place["capital"], top) for target, curve in curves.items()],
        further=words.listing(words.TARGETS[t].lower() for t, c in curves.items() if t != "disruption" and c.risk),
        history=_history(issue, code, place["capital"]),
        episodes=[_episode(r, issue.newest) for r in episodes_of(issue, code).to_dict("records")],
        feeds=words.feeds(str(own["flags"].iloc[0]).split()) if len(own) else {},
        horizon=PAST_HORIZON,
        alike=_alike(issue, code, curves),
        supposed=what_if(issue, code, asked),
        around=surroundings(issue, code),
        origin=issue.newest,
        goods=GOODS,
        prices=prices(issue, code),
    )


def _alike(issue: Issue, iso3: str, curves: dict[str, Curve]) -> Analogues | None:
    """Return the past situations most like this one for the widest target that still has a risk; None without one."""
    target = next((t for t, curve in curves.items() if curve.risk), None)
    if target is None:
        return None
    return analogues(iso3, issue, ManyLike.model_validate({"target": target, "horizon": 12, "count": ALIKE}))


def _block(target: str, curve: Curve, capital: str, top: float) -> dict[str, Any]:
    low, high = curve.risk_low or [], curve.risk_high or []
    drawing = ""
    if curve.risk:
        name = f"{capital}, risk of {words.TARGETS[target].lower()}: {words.percent(curve.risk[0])} within 1 month, {words.percent(curve.risk[-1])} within 12 months"
        drawing = charts.risk_curve(curve.risk, low, high, top, name)
    lines = [
        {
            "horizon": h,
            "risk": curve.risk[h - 1],
            "low": low[h - 1] if low else math.nan,
            "high": high[h - 1] if high else math.nan,
        }
        for h in calendar.HORIZONS
        if curve.risk
    ]
    return {
        "target": target,
        "state": curve.state,
        "going_on": words.going_on(curve.ongoing),
        "drawing": drawing,
        "lines": lines,
        "drivers": [d.sentence for d in curve.drivers],
        "interval": bool(low),
    }


def _episode(row: dict[str, Any], newest: pd.Timestamp) -> dict[str, str]:
    start, end = words.month(row["start"]), words.month(row["end"])
    past = start if start == end else f"{start} to {end}"
    sure = {"H": "certain", "M": "probable", "PT": "from a coup list"}.get(row["confidence"], row["confidence"])
    return {
        "when": f"since {start}" if row["end"] >= newest else past,
        "kind": words.kind(row["kind"]),
        "sure": sure,
        "reason": row["reason"],
    }


def _history(issue: Issue, iso3: str, capital: str) -> dict[str, Any] | None:
    """Return the drawing and table of past forecasts of any disruption; None where there are fewer than two origins."""
    rows = issue.publication.history
    rows = rows[(rows["iso3"] == iso3) & (rows["target"] == "disruption")].sort_values("origin")
    points = list(zip(rows["origin"], rows[f"h{PAST_HORIZON}"].astype(float), strict=True))
    if len(points) < 2:
        return None
    months = [calendar.month_index(o) for o, _ in points]
    spans = _spans(issue, iso3, months[0], months[-1])
    labels = [
        (m, f"{calendar.month_at(m):%b %Y}") for m in sorted({int(v) for v in np.linspace(months[0], months[-1], 5)})
    ]
    name = f"{capital}: forecast risk of any disruption within {PAST_HORIZON} months by month of the forecast, months of disruption shaded"
    drawing = charts.history(months, [risk for _, risk in points], spans, labels, name)
    lines = [{"origin": words.month(o), "risk": risk} for o, risk in reversed(points)]
    return {"drawing": drawing, "lines": lines}


def _spans(issue: Issue, iso3: str, first: int, last: int) -> list[tuple[int, int]]:
    """Return the runs of disrupted months that touch first..last, touching episodes put together."""
    own = episodes_of(issue, iso3)
    own = own[own["kind"].isin(TARGETS["disruption"])]
    marked = np.zeros(last - first + 1, bool)
    for start, end in zip(calendar.month_indices(own["start"]), calendar.month_indices(own["end"]), strict=True):
        marked[max(start - first, 0) : max(end - first + 1, 0)] = True
    edges = np.flatnonzero(np.diff(np.pad(marked.astype(int), 1)))
    return [(int(a) + first, int(b) + first - 1) for a, b in edges.reshape(-1, 2)]
