"""The first page: every capital, ranked, with what is going on now."""

from collections import Counter
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import HTMLResponse

from serving.capital_record import ongoing_at
from serving.filters import Filters
from serving.lookup import CurrentIssue
from serving.pages import words
from serving.pages.render import page
from serving.ranking import rank
from serving.schemas import Target
from serving.state import Issue

SHOWN = (1, 3, 6, 12)
CHANGE_AT = 6
"""Horizon at which the change since the last origin is shown."""
router = APIRouter(include_in_schema=False)


class View(Filters):
    """How the table is ordered and which part of the world it shows."""

    target: Target = "disruption"
    horizon: int = Field(6, ge=1, le=12)
    region: str = Field("", max_length=60)


@router.get("/", response_class=HTMLResponse)
def overview(issue: CurrentIssue, view: Annotated[View, Query()]) -> HTMLResponse:
    """Rank the capitals by risk, with the state, the change and the strongest driver of each."""
    rows = issue.forecasts[issue.newest]
    table = _table(issue, rows, view)
    regions = sorted(issue.capitals["region"].unique())
    shown = table if not view.region else [r for r in table if r["region"] == view.region]
    horizons = sorted({*SHOWN, view.horizon})
    return page(
        issue,
        "overview.html",
        view=view,
        regions=regions,
        horizons=horizons,
        rows=shown,
        total=len(table),
        disrupted=[r for r in table if r["state"] == "ongoing"],
        highest=next((r for r in table if r["state"] == "calm"), None),
        feeds=_feeds(rows),
    )


def order(rows: pd.DataFrame, target: str, horizon: int) -> pd.DataFrame:
    """Rank capitals for one target: iso3, rank, score, state; those with an episode of it going on come last."""
    if target == "disruption":
        return rank(rows, horizon)
    own = rows[(rows["target"] == target) & (rows["horizon"] == horizon)]
    places = own["risk"].rank(ascending=False, method="min", na_option="bottom").astype("int64")
    made = pd.DataFrame({"iso3": own["iso3"], "rank": places, "score": own["risk"], "state": own["state"]})
    return made.sort_values(["rank", "iso3"]).reset_index(drop=True)


def _table(issue: Issue, rows: pd.DataFrame, view: View) -> list[dict[str, Any]]:
    ordered = order(rows, view.target, view.horizon)
    scores = {h: order(rows, view.target, h).set_index("iso3")["score"] for h in {*SHOWN, view.horizon}}
    before = _before(issue, view.target)
    drivers = issue.publication.drivers
    strongest = drivers[(drivers["rank"] == 1) & (drivers["origin"] == issue.newest)]
    if view.target != "disruption":
        strongest = strongest[strongest["target"] == view.target]
    # A disrupted capital has no drivers of disruption; those of what could come on top stand in.
    sentence = strongest.drop_duplicates("iso3").set_index("iso3")["sentence"].to_dict()
    place = issue.capitals[["capital", "country", "region"]].to_dict("index")
    made: list[dict[str, Any]] = []
    for row in ordered.to_dict("records"):
        iso3 = row["iso3"]
        going_on = ongoing_at(issue, iso3, issue.newest) if row["state"] == "ongoing" else []
        made.append(
            row
            | place[iso3]
            | {
                "risks": {h: scores[h][iso3] for h in scores},
                "change": _change(scores[CHANGE_AT], before, iso3, row["state"]),
                "driver": sentence.get(iso3, "").split(", most of all")[0].rstrip("."),
                "going_on": words.going_on([e for e in going_on if e.kind != "attack"])
                if row["state"] == "ongoing"
                else "",
            }
        )
    return made


def _before(issue: Issue, target: str) -> pd.DataFrame | None:
    earlier = [origin for origin in issue.forecasts if origin < issue.newest]
    return order(issue.forecasts[max(earlier)], target, CHANGE_AT).set_index("iso3") if earlier else None


def _change(now: "pd.Series[float]", before: pd.DataFrame | None, iso3: str, state: str) -> str:
    if before is None or iso3 not in before.index:
        return "–"
    if before.at[iso3, "state"] != state:
        return "newly disrupted" if state == "ongoing" else "disruption over"
    return words.change(float(now[iso3]), float(before.at[iso3, "score"]))


def _feeds(rows: pd.DataFrame) -> list[str]:
    """Say for how many capitals each kind of data was late or missing."""
    flags = rows.drop_duplicates("iso3")["flags"]
    counts: dict[str, Counter[str]] = {}
    for text in flags:
        for label, trouble in words.feeds(text.split()).items():
            counts.setdefault(label, Counter())[trouble] += 1
    return [
        f"{label}: {'; '.join(f'{trouble} ({number} of {len(flags)} capitals)' for trouble, number in found.most_common())}"
        for label, found in counts.items()
    ]
