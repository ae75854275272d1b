"""The sources page: publisher, licence, newest month and state of every source, and the feature groups that depend on it."""

from typing import Any

import pandas as pd
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from data.settings import settings
from data.source_status import CATALOGUE, FeedStatus, feed_statuses
from features.registry import groups
from serving.pages.components.render import page
from serving.queries import wording
from serving.served_publication import ServedPublication

router = APIRouter(include_in_schema=False)
STATES = {
    "fresh": "on time",
    "late": "late",
    "failing": "failing",
    "quarantined": "quarantined by a check",
    "off": "off",
    "by hand": "comes with the panel, or by hand",
    "not fetched": "not fetched on this machine",
}


@router.get("/sources", response_class=HTMLResponse)
def sources(request: Request) -> HTMLResponse:
    """Show the state of every source, from the ingest log of this machine."""
    served = request.state.served
    table = [_line(feed) for feed in feed_statuses(settings().home)]
    panel = [] if served is None else _panel(served)
    answer = page(served, "sources.html", feeds=table, panel=panel)
    answer.headers["cache-control"] = "no-cache"  # it changes with the ingest log, not with the publication
    return answer


def _line(feed: FeedStatus) -> dict[str, Any]:
    source = feed.source
    return {
        "title": source.title,
        "name": source.name,
        "publisher": source.publisher,
        "url": source.url,
        "licence": source.licence,
        "state": STATES.get(feed.state, feed.state),
        "late": feed.state in ("late", "failing", "quarantined") or feed.in_use in ("late", "too old to be used"),
        "reach": f"to {wording.month(feed.panel_month)}" if feed.panel_month else "nothing in use",
        "age": "" if feed.age_months is None else f"{wording.months(feed.age_months)} old",
        "in_use": "" if feed.in_use == "none" else feed.in_use,
        "limit": wording.months(feed.limit_months) if feed.limit_months else "",
        "expected": "" if feed.expected_months is None else wording.months(feed.expected_months),
        "newest": wording.month(feed.newest_month) if feed.newest_month else "none",
        "allowed": source.cadence_days + source.lag_days,
        "success": _success(feed),
        "feeds": wording.listing(g.label for g in groups() if {*feed.tables} & {*g.tables}) or "nothing yet",
        "needed": feed.needed,
    }


def _success(feed: FeedStatus) -> str:
    """Return when the source was last read here, or how its rows in use came here."""
    if feed.last_success:
        return f"{pd.Timestamp(feed.last_success):%-d %B %Y}"
    if feed.source is CATALOGUE:
        return "reviewed by hand"
    return "rows in use came with the panel" if feed.panel_month else "never here"


def _panel(served: ServedPublication) -> list[dict[str, str]]:
    """Count the capitals by state of the data of each feature group at the newest origin."""
    flags = served.forecasts[served.newest_origin].drop_duplicates("iso3")["flags"].str.split()
    lines = []
    for group in groups():
        states = [wording.feeds(row_flags).get(group.label, "on time") for row_flags in flags]
        counts = pd.Series(states).value_counts()
        lines.append(
            {
                "label": group.label,
                "states": "; ".join(f"{state}: {number} of {len(flags)} capitals" for state, number in counts.items()),
            }
        )
    return lines
