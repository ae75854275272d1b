"""The overview: every capital ranked by risk, with the world map and ongoing episodes."""

import math
from collections import Counter
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import HTMLResponse

from serving.api.dependencies import CurrentPublication
from serving.api.filters import Filters
from serving.pages.components.render import page
from serving.pages.components.sparkline import sparkline
from serving.pages.components.world_map import legend, world_map
from serving.queries import wording
from serving.queries.capital import ongoing_at
from serving.queries.changes import CapitalChange, Changes, change_in_words, changes
from serving.queries.data_status import data_status
from serving.queries.ranking import past_scores, rank_target
from serving.schemas.fields import Target
from serving.served_publication import ServedPublication
from training.explanation.drivers import ABOVE_ALL, named, published_facts, times

SHOWN = (1, 3, 6, 12)
MOVED = 4
"""Rises and falls listed."""
FACTS = 2
"""Facts behind the strongest driver that the table names."""
router = APIRouter(include_in_schema=False)


class View(Filters):
    """Target and horizon of the ranking, and the region shown."""

    target: Target = "disruption"
    horizon: int = Field(6, ge=1, le=12)
    region: str = Field("", max_length=60)


@router.get("/", response_class=HTMLResponse)
def overview(served: CurrentPublication, view: Annotated[View, Query()]) -> HTMLResponse:
    """Rank the capitals by risk, with the state, the change and the strongest driver of each."""
    key = "overview", view.target, view.horizon, view.region
    body = served.views.get_or_compute(key, lambda: bytes(_page(served, view).body))
    return HTMLResponse(body)


def _page(served: ServedPublication, view: View) -> HTMLResponse:
    rows = served.forecasts[served.newest_origin]
    scores, states = past_scores(served.forecasts, view.target, view.horizon)
    news = changes(served, view.target, view.horizon)
    table = _table(served, rows, view, scores, states, news)
    regions = sorted(served.capitals["region"].unique())
    shown = table if not view.region else [r for r in table if r["region"] == view.region]
    horizons = sorted({*SHOWN, view.horizon})
    return page(
        served,
        "overview.html",
        status=data_status(served),
        view=view,
        regions=regions,
        horizons=horizons,
        rows=shown,
        total=len(table),
        calm=wording.calm(data_status(served).known_to),
        disrupted=[r for r in table if r["state"] == "ongoing"],
        highest=next((r for r in table if r["state"] == "calm"), None),
        feeds=_feeds(rows),
        news=_news(served, news),
        map=_map(table, view),
        legend=legend(),
        months=len(scores),
    )


def _map(table: list[dict[str, Any]], view: View) -> str:
    """Draw every capital's state, whichever region the table shows."""
    within = wording.within(view.horizon)
    for row in table:
        risk = f"{wording.odds(row['score'])} ({wording.percent(row['score'])}) {within}"
        going_on = f"{row['going_on']}; further disruption: " if row["state"] == "ongoing" else ""
        row["label"] = f"{row['capital']}, {row['country']}: {going_on}{risk}"
    calm = [row for row in table if row["state"] == "calm"]
    highest = wording.listing(f"{row['capital']} ({wording.percent(row['score'])})" for row in calm[:5])
    disrupted = wording.listing(row["capital"] for row in table if row["state"] == "ongoing")
    description = f"Highest among the calm: {highest}. Going on already: {disrupted or 'nowhere'}. The table below has every figure."
    return world_map(table, f"{wording.TARGETS[view.target]}: risk {within}, by country", description)


def _table(
    served: ServedPublication,
    rows: pd.DataFrame,
    view: View,
    past: pd.DataFrame,
    states: pd.DataFrame,
    news: Changes | None,
) -> list[dict[str, Any]]:
    ordered = rank_target(rows, view.target, view.horizon)
    ranked = {h: rank_target(rows, view.target, h).set_index("iso3") for h in {*SHOWN, view.horizon}}
    risk = {h: table["score"].where(table["state"] == "calm").to_dict() for h, table in ranked.items()}
    drivers = served.publication.drivers
    strongest = drivers[(drivers["rank"] == 1) & (drivers["origin"] == served.newest_origin)]
    if view.target != "disruption":
        strongest = strongest[strongest["target"] == view.target]
    # A disrupted capital has no drivers of disruption: those of its other targets are shown.
    strongest = strongest.drop_duplicates("iso3")
    driver = dict(zip(strongest["iso3"], _in_short(strongest), strict=True))
    place = served.capitals[["capital", "country", "region", "latitude", "longitude"]].to_dict("index")
    origins = list(past.index)
    risks = dict(zip(past.columns, past.T.to_numpy().tolist(), strict=True))
    courses = dict(zip(states.columns, states.T.to_numpy().tolist(), strict=True))
    lines: list[dict[str, Any]] = []
    for row in ordered.to_dict("records"):
        iso3 = row["iso3"]
        going_on = ongoing_at(served, iso3, served.newest_origin) if row["state"] == "ongoing" else []
        lines.append(
            row
            | place[iso3]
            | {
                "risks": {h: by_capital[iso3] for h, by_capital in risk.items()},
                "change": change_in_words(news.capitals[iso3]) if news and iso3 in news.capitals else "–",
                "spark": sparkline(
                    risks[iso3],
                    [state == "ongoing" for state in courses[iso3]],
                    _course(origins, risks[iso3], view.horizon),
                ),
                "driver": driver.get(iso3, ""),
                "going_on": wording.going_on([e for e in going_on if e.kind != "attack"])
                if row["state"] == "ongoing"
                else "",
            }
        )
    return lines


def _news(served: ServedPublication, news: Changes | None) -> dict[str, Any] | None:
    """Return what the section on changes shows; None where only one origin is published."""
    if news is None:
        return None
    names = served.capitals["capital"].to_dict()

    def lines(texts: dict[str, str]) -> list[dict[str, str]]:
        return [{"iso3": iso3, "capital": names[iso3], "text": text} for iso3, text in texts.items()]

    return {
        "since": news.since,
        "feeds": news.feeds,
        "rises": lines({c.iso3: _by_information(c) for c in news.rises[:MOVED]}),
        "falls": lines({c.iso3: _by_information(c) for c in news.falls[:MOVED]}),
        "begun": lines(news.begun),
        "ended": lines(dict.fromkeys(news.ended, wording.STATES["calm"])),
        "behind": news.behind,
        "versions": news.versions,
        "by_fit": news.by_fit,
        "by_time": news.by_time,
        "of": len(news.capitals),
    }


def _by_information(change: CapitalChange) -> str:
    return f"{wording.change(change.now, change.refitted)}, to {wording.percent(change.now)}, by {wording.listing(change.groups)}"


def _in_short(drivers: pd.DataFrame) -> list[str]:
    """Return each driver in short: its factor on the odds and its strongest facts, or its theme where none is published."""
    facts = [named(of_theme)[:FACTS] for of_theme in published_facts(drivers)]
    return [
        f"{times(driver.contribution)} times the odds: {'; '.join(texts)}"
        if texts
        else driver.sentence.split(ABOVE_ALL)[0].rstrip(".")
        for driver, texts in zip(drivers.itertuples(), facts, strict=True)
    ]


def _course(origins: list[pd.Timestamp], risk: list[float], horizon: int) -> str:
    """Describe a sparkline in words."""
    known = [(origin, value) for origin, value in zip(origins, risk, strict=True) if not math.isnan(value)]
    if not known:
        return "no risk stated"
    ends = [f"{wording.percent(value)} in {wording.month(origin)}" for origin, value in (known[0], known[-1])]
    return f"risk {wording.within(horizon)} (of further disruption while one is going on): {', '.join(ends)}, highest {wording.percent(max(v for _, v in known))}"


def _feeds(rows: pd.DataFrame) -> list[str]:
    """Return for each feature group the number of capitals with late or missing data."""
    flags = rows.drop_duplicates("iso3")["flags"]
    counts: dict[str, Counter[str]] = {}
    for text in flags:
        for label, trouble in wording.feeds(text.split()).items():
            counts.setdefault(label, Counter())[trouble] += 1
    return [
        f"{label}: {'; '.join(f'{trouble} ({number} of {len(flags)} capitals)' for trouble, number in states.most_common())}"
        for label, states in counts.items()
    ]
