"""The page of one capital: risk curves, drivers, what-if form, past forecasts, map of attacks, prices and episodes."""

import math
from collections.abc import Hashable
from typing import Annotated, Any, Literal, get_args

import pandas as pd
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import HTMLResponse

from data import calendar
from data.contracts.forecasts import TARGETS
from serving.api.dependencies import CurrentPublication, Iso3
from serving.pages.components import charts
from serving.pages.components.attack_map import attack_map
from serving.pages.components.prices import prices
from serving.pages.components.render import page
from serving.pages.components.risk_detail import risk_detail
from serving.pages.components.svg_axes import nice_top
from serving.pages.components.what_if import SHOWN, WhatIf, what_if
from serving.queries import wording
from serving.queries.capital import curve_of, ended, episodes_of, ongoing_at, standing_of
from serving.queries.changes import changes, parts_in_words
from serving.queries.data_status import data_status
from serving.queries.lookup import require_capital
from serving.schemas.fields import Target
from serving.schemas.forecasts import Curve
from serving.served_publication import ServedPublication

router = APIRouter(include_in_schema=False)


class View(WhatIf):
    """The risk shown in detail, and the values of the sliders."""

    target: Target | Literal[""] = ""
    horizon: int = Field(6, ge=1, le=12)


@router.get("/capitals/{iso3}", response_class=HTMLResponse)
def capital(iso3: Iso3, served: CurrentPublication, view: Annotated[View, Query()]) -> HTMLResponse:
    """Show one capital: risk curves, ongoing episodes, drivers, what-if form, past forecasts, attacks, prices and missing data."""
    code = require_capital(served, iso3)
    rows = served.forecasts[served.newest_origin]
    capital_rows = rows[rows["iso3"] == code]
    going_on = ongoing_at(served, code, served.newest_origin)
    curves = {target: curve_of(served, capital_rows, code, target, going_on) for target in TARGETS}
    place = served.capitals.loc[code]
    top = nice_top(max((max(c.risk_high or c.risk) for c in curves.values() if c.risk), default=0.0))
    horizon = max(h for h in SHOWN if h <= view.horizon)
    widest: Target = next((t for t in get_args(Target) if curves[t].risk), "disruption")
    return page(
        served,
        "capital.html",
        place={"iso3": code, "capital": place["capital"], "country": place["country"], "region": place["region"]},
        change=_change(served, code),
        status=data_status(served, iso3=code),
        standing=standing_of(rows, code),
        calm=wording.calm(data_status(served).known_to),
        published=not capital_rows.empty,
        going_on=wording.going_on([e for e in going_on if e.kind != "attack"])
        if curves["disruption"].state == "ongoing"
        else "",
        typical={h: _median(rows, h) for h in (3, 12)},
        blocks=[_block(t, curve, place["capital"], top) for t, curve in curves.items()],
        further=wording.listing(wording.TARGETS[t].lower() for t, c in curves.items() if t != "disruption" and c.risk),
        detail=risk_detail(served, code, view.target or widest, horizon) if len(capital_rows) else None,
        view=view.model_dump(exclude_defaults=True),
        episodes=[_episode(r, served.newest_origin) for r in episodes_of(served, code).to_dict("records")],
        feeds=wording.feeds(str(capital_rows["flags"].iloc[0]).split()) if len(capital_rows) else {},
        what_if=what_if(served, code, view),
        attacks=attack_map(served, code),
        origin=served.newest_origin,
        prices=prices(served, code),
    )


def _change(served: ServedPublication, iso3: str) -> dict[str, Any] | None:
    """Return what changed since the origin before, in words; None where only one origin has the capital."""
    news = changes(served, "disruption", 6)
    if news is None or iso3 not in news.capitals:
        return None
    change = news.capitals[iso3]
    return {
        "since": news.since,
        "words": parts_in_words(change),
        "learned": bool(news.feeds),
        "groups": wording.listing(change.groups),
    }


def _median(rows: pd.DataFrame, horizon: int) -> float:
    """Return the median capital's risk of any disruption."""
    return float(rows.loc[(rows["target"] == "disruption") & (rows["horizon"] == horizon), "risk"].median())


def _block(target: str, curve: Curve, capital: str, top: float) -> dict[str, Any]:
    low, high = curve.risk_low or [], curve.risk_high or []
    drawing = ""
    if curve.risk:
        name = f"{capital}, risk of {wording.TARGETS[target].lower()}: {wording.percent(curve.risk[0])} within 1 month, {wording.percent(curve.risk[-1])} within 12 months"
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
        "going_on": wording.going_on(curve.ongoing),
        "drawing": drawing,
        "lines": lines,
        "interval": bool(low),
    }


def _episode(row: dict[Hashable, Any], newest: pd.Timestamp) -> dict[str, str]:
    start, end = wording.month(row["start"]), wording.month(row["end"])
    past = start if start == end else f"{start} to {end}"
    confirmed = row.get("last_confirmed")
    since = f"since {start}" + (
        f", last confirmed {wording.month(confirmed)}" if confirmed and not pd.isna(confirmed) else ""
    )
    sure = {"H": "certain", "M": "probable", "PT": "from a coup list"}.get(row["confidence"], row["confidence"])
    return {
        "when": past if ended(row, newest) else since,
        "kind": wording.kind(row["kind"]),
        "sure": sure,
        "reason": row["reason"],
    }
