"""Changes since the origin before: the largest changes of risk, onsets, ends of episodes, and feeds that fell behind."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from serving.queries import wording
from serving.queries.capital import ongoing_at
from serving.served_publication import ServedPublication

SHOWN = 4
LEAST_CHANGE = 0.001
"""Smaller changes are left out, as are those that rounding hides."""


@dataclass(frozen=True)
class Changes:
    """Capitals with a text each, by kind of change; empty where there is none."""

    since: pd.Timestamp
    rises: list[dict[str, Any]]
    falls: list[dict[str, Any]]
    begun: list[dict[str, Any]]
    ended: list[dict[str, Any]]
    feeds: list[str]


def changes(served: ServedPublication, scores: pd.DataFrame, states: pd.DataFrame) -> Changes | None:
    """Compare the two newest origins of `ranking.past_scores`; None where only one is published."""
    if len(scores) < 2:
        return None
    before, now = scores.iloc[-2], scores.iloc[-1]
    was, is_now = states.iloc[-2], states.iloc[-1]
    moved = (now - before)[was == is_now].dropna()
    moved = moved[[wording.percent(before[code]) != wording.percent(now[code]) for code in moved.index]]
    up = moved[moved >= LEAST_CHANGE].nlargest(SHOWN)
    down = moved[moved <= -LEAST_CHANGE].nsmallest(SHOWN)
    names = served.capitals["capital"].to_dict()

    def line(iso3: str, text: str) -> dict[str, Any]:
        return {"iso3": iso3, "capital": names[iso3], "text": text}

    def move(iso3: str) -> dict[str, Any]:
        return line(iso3, f"{wording.percent(before[iso3])} to {wording.percent(now[iso3])}")

    begun = is_now.index[(is_now == "ongoing") & (was == "calm")]
    ended = is_now.index[(is_now == "calm") & (was == "ongoing")]
    newest = scores.index[-1]
    return Changes(
        since=scores.index[-2],
        rises=[move(code) for code in up.index],
        falls=[move(code) for code in down.index],
        begun=[line(code, wording.going_on(ongoing_at(served, code, newest))) for code in begun],
        ended=[line(code, "calm again") for code in ended],
        feeds=_feeds(served, scores.index[-2], newest),
    )


def _feeds(served: ServedPublication, before: pd.Timestamp, now: pd.Timestamp) -> list[str]:
    """Return a line for each kind of data that is late or missing for more capitals than at the origin before."""
    counts = []
    for origin in (before, now):
        flags = served.forecasts[origin].drop_duplicates("iso3")["flags"]
        counts.append(
            pd.Series([label for text in flags for label in wording.feeds(text.split())], dtype=object).value_counts()
        )
    more = counts[1].sub(counts[0], fill_value=0)
    return [f"{label}: late or missing for {int(number)} more capitals" for label, number in more[more > 0].items()]
