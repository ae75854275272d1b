"""The sources page: publisher, licence, newest month and state of every source, and the feature groups that depend on it."""

from typing import Any

import pandas as pd
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from data import calendar
from data.settings import settings
from data.source_status import FeedStatus, feed_statuses
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
    now = pd.Timestamp(calendar.now()).tz_localize(None)
    served = request.state.served
    table = [_line(feed, now) for feed in feed_statuses(settings().home)]
    panel = [] if served is None else _panel(served)
    answer = page(served, "sources.html", feeds=table, panel=panel)
    answer.headers["cache-control"] = "no-cache"  # it changes with the ingest log, not with the publication
    return answer


def _line(feed: FeedStatus, now: pd.Timestamp) -> dict[str, Any]:
    source = feed.source
    age = (
        ""
        if not feed.newest_month
        else str((now - calendar.parse_month(feed.newest_month) - pd.offsets.MonthEnd(1)).days)
    )
    return {
        "title": source.title,
        "name": source.name,
        "publisher": source.publisher,
        "url": source.url,
        "licence": source.licence,
        "state": STATES.get(feed.state, feed.state),
        "late": feed.state in ("late", "failing", "quarantined"),
        "newest": wording.month(feed.newest_month) if feed.newest_month else "none here",
        "age": f"{age} days old" if age else "",
        "limit": f"{feed.limit_months} months" if feed.limit_months else "",
        "allowed": source.cadence_days + source.lag_days,
        "success": f"{pd.Timestamp(feed.last_success):%-d %B %Y}" if feed.last_success else "never here",
        "feeds": wording.listing(g.label for g in groups() if {*feed.tables} & {*g.tables}) or "nothing yet",
        "needed": feed.needed,
    }


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
