"""Numbers, months, states and flags as text for people."""

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from features.registry import groups
from serving.schemas.forecasts import Ongoing

KINDS = {
    "fighting": "fighting in the city",
    "siege": "siege",
    "supply": "supply cut off",
    "shortage": "shortage of fuel, food or power",
    "takeover": "takeover",
    "coup": "coup",
    "coup_attempt": "coup attempt",
    "uprising": "uprising",
    "attack": "attack",
    "foreign_strike": "strikes from abroad",
}
TARGETS = {
    "disruption": "Any disruption",
    "fighting": "Fighting",
    "strangulation": "Strangulation",
    "seizure": "Seizure of power",
}
STATES = {"calm": "no episode known", "ongoing": "going on", "abstained": "no data"}
MEANINGS = {
    "disruption": "the capital is fought over, struck, besieged, starved of supply or seized",
    "fighting": "at least 25 people die in fighting in and around the capital within a month, or it is struck from abroad",
    "strangulation": "the capital is besieged, cut off, or runs short of fuel, food or power",
    "seizure": "a coup, a coup attempt, an uprising or a takeover of the capital",
}


def percent(risk: float | None) -> str:
    """Return a probability as a percentage with two significant digits: 34 %, 4.5 %, 0.3 %, under 0.1 %."""
    if risk is None or math.isnan(risk):
        return "–"
    if risk < 0.001:
        return "under 0.1 %"
    return f"{100 * risk:.0f} %" if risk >= 0.0995 else f"{100 * risk:.1f} %"


def odds(risk: float | None) -> str:
    """Return a probability as odds: "about 1 in 12"."""
    if risk is None or math.isnan(risk):
        return "no risk stated"
    if risk < 0.001:
        return "less than 1 in 1,000"
    if risk >= 0.95:
        return "almost certain"
    if risk >= 0.35:
        tenths = round(10 * risk)
        return "about 1 in 2" if tenths == 5 else f"about {tenths} in 10"
    return f"about 1 in {_round(1 / risk):,}"


def _round(value: float) -> int:
    step = next(step for limit, step in ((20, 1), (50, 5), (200, 10), (math.inf, 100)) if value <= limit)
    return max(step * round(value / step), 1)


LEAST_CHANGE = 0.001
"""A tenth of a percentage point: smaller changes are stated nowhere, so that no sentence contradicts a figure."""


def moved(difference: float) -> int:
    """Return the direction of a change of risk: 1 or -1, and 0 where it is below `LEAST_CHANGE` or unknown."""
    return int(difference >= LEAST_CHANGE) - int(difference <= -LEAST_CHANGE)


def change(now: float, before: float) -> str:
    """Return a change of risk in percentage points: "up 1.2 points"."""
    if math.isnan(now) or math.isnan(before):
        return "–"
    points = 100 * (now - before)
    if not moved(now - before):
        return "unchanged"
    size = f"{abs(points):.1f} point" + ("" if f"{abs(points):.1f}" == "1.0" else "s")
    return f"{'up' if points > 0 else 'down'} {size}"


def months(count: int) -> str:
    """Return a number of months as text: "1 month", "6 months"."""
    return f"{count} month" + ("" if count == 1 else "s")


def within(horizon: int) -> str:
    """Return a horizon as text: "within 1 month", "within 6 months"."""
    return f"within {months(horizon)}"


def month(value: pd.Timestamp | str) -> str:
    """Return a month in full: October 2026."""
    return f"{pd.Timestamp(value):%B %Y}"


def kind(name: str) -> str:
    """Return a kind of episode as text."""
    return KINDS.get(name, name.replace("_", " "))


def calm(known_to: pd.Timestamp) -> str:
    """Return the state of a calm capital, which is as good as the catalogue: "no episode known, list checked to April 2026"."""
    return f"{STATES['calm']}, list checked to {month(known_to)}"


def going_on(episodes: Sequence[Ongoing]) -> str:
    """Return ongoing episodes with their starts: "siege since April 2026, last confirmed June 2026"."""
    return "; ".join(map(_going_on, episodes)) or "an episode is going on"


def _going_on(episode: Ongoing) -> str:
    since = f"{kind(episode.kind)} since {month(episode.since)}"
    return f"{since}, last confirmed {month(episode.last_confirmed)}" if episode.last_confirmed else since


def listing(words: Iterable[str]) -> str:
    """Join words as in a sentence: "a, b and c"."""
    *start, last = list(words) or [""]
    return f"{', '.join(start)} and {last}" if start else last


def feeds(flags: Iterable[str]) -> dict[str, str]:
    """Return by label of a feature group whether its tables were late or missing; groups on time are left out."""
    state = {table: word for word, _, table in (flag.partition(":") for flag in flags)}
    problems: dict[str, str] = {}
    for group in groups():
        words = [state.get(table, "fresh") for table in group.tables]
        if words and all(word == "missing" for word in words):
            problems[group.label] = "no data"
        elif "missing" in words:
            problems[group.label] = "in part without data"
        elif "stale" in words:
            problems[group.label] = "late, so an older month stands in"
    return problems


def tables_in_words(table: str) -> list[str]:
    """Return the labels of the feature groups that read a table."""
    return [group.label for group in groups() if table in group.tables]
