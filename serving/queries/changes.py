"""Changes since the origin before, split into new information, a new fit, and mere passing of time.

The present fit is asked about both origins. What it gives for the earlier one differs from what was published then by the
new fit alone; what it gives for the two differs by new information, where an input of the capital changed, and else by time.
All of it is computed from unrounded risks.
"""

from dataclasses import dataclass
from math import isnan

import pandas as pd

from features.registry import groups
from serving.queries import wording
from serving.queries.capital import ongoing_at
from serving.queries.ranking import rank_target
from serving.queries.versions import version_at
from serving.served_publication import ServedPublication
from training.publication.news import News, news_at


@dataclass(frozen=True)
class CapitalChange:
    """The change of one capital's figure: its risk, or while a disruption is going on that of a further one."""

    iso3: str
    before: float
    """As published at the origin before."""
    refitted: float
    """The present fit's for the origin before."""
    now: float
    state_before: str
    state: str
    groups: tuple[str, ...]
    """Labels of the feature groups that new information moved."""

    @property
    def information(self) -> float:
        """Change by new information; 0 where no input of the capital changed."""
        return self.now - self.refitted if self.groups else 0.0

    @property
    def time(self) -> float:
        """Change by mere passing of time."""
        return 0.0 if self.groups else self.now - self.refitted

    @property
    def fit(self) -> float:
        """Change by a new fit."""
        return self.refitted - self.before


@dataclass(frozen=True)
class Changes:
    """Every capital's change since the origin before, and what was learned meanwhile."""

    since: pd.Timestamp
    feeds: list[str]
    """A line for each kind of data with new rows; empty where nothing new was learned."""
    versions: tuple[str, str]
    """Versions of the model of the published figures, before and now."""
    capitals: dict[str, CapitalChange]
    begun: dict[str, str]
    """Capitals of which an episode began, with it in words."""
    ended: list[str]
    behind: list[str]
    """A line for each kind of data that is late or missing for more capitals than before."""

    @property
    def rises(self) -> list[CapitalChange]:
        """Return the rises by new information, the largest first."""
        return sorted((c for c in self._comparable if wording.moved(c.information) > 0), key=lambda c: -c.information)

    @property
    def falls(self) -> list[CapitalChange]:
        """Return the falls by new information, the largest first."""
        return sorted((c for c in self._comparable if wording.moved(c.information) < 0), key=lambda c: c.information)

    @property
    def by_fit(self) -> int:
        """Return the number of figures that a new fit alone moved."""
        return sum(wording.moved(c.fit) != 0 for c in self._comparable)

    @property
    def by_time(self) -> int:
        """Return the number of figures that time alone moved."""
        return sum(wording.moved(c.time) != 0 for c in self._comparable)

    @property
    def _comparable(self) -> list[CapitalChange]:
        return [c for c in self.capitals.values() if c.state == c.state_before]


def changes(served: ServedPublication, target: str, horizon: int) -> Changes | None:
    """Compare the two newest published origins; None where only one is published."""
    origins = sorted(served.forecasts)
    if len(origins) < 2:
        return None
    key = ("changes", target, horizon)
    return served.views.get_or_compute(key, lambda: _changes(served, target, horizon, origins[-2], origins[-1]))


def news_of(served: ServedPublication) -> News:
    """Return what is new at the newest origin: as published, or from the served model and panel where it was not."""
    if served.publication.news is not None:
        return served.publication.news
    return served.views.get_or_compute("news", lambda: news_at(served.model, served.panel, served.newest_origin))


def change_in_words(change: CapitalChange) -> str:
    """Return a capital's change by new information: "up 1.2 points", "nothing new", or what began or ended."""
    if change.state != change.state_before:
        over = "no episode known any more" if change.state_before == "ongoing" else "data are back"
        return {"ongoing": "newly disrupted", "abstained": "no data any more"}.get(change.state, over)
    if isnan(change.now) or isnan(change.before):
        return "–"
    further = "further disruption: " if change.state == "ongoing" else ""
    return further + (wording.change(change.information, 0.0) if change.groups else "nothing new")


def parts_in_words(change: CapitalChange) -> str:
    """Return a capital's change with its parts that are no news: "up 1.2 points; by a new fit: down 2.0 points"."""
    parts = [change_in_words(change)]
    if change.state == change.state_before:
        parts += [f"by a new fit: {wording.change(change.fit, 0.0)}"] if wording.moved(change.fit) else []
        parts += [f"by time alone: {wording.change(change.time, 0.0)}"] if wording.moved(change.time) else []
    return "; ".join(parts)


def _changes(
    served: ServedPublication, target: str, horizon: int, before: pd.Timestamp, origin: pd.Timestamp
) -> Changes:
    news = news_of(served)
    known = news.rows[news.rows["iso3"].isin(served.capitals.index)]
    tables = [served.forecasts[before], known, served.forecasts[origin]]
    was, refitted, now = (rank_target(rows, target, horizon).set_index("iso3") for rows in tables)
    labels = {group.name: group.label for group in groups()}
    moved = known.drop_duplicates("iso3").set_index("iso3")["groups"]
    shared = [code for code in now.index if code in was.index and code in refitted.index]
    capitals = {
        code: CapitalChange(
            iso3=code,
            before=float(was.at[code, "score"]),
            refitted=float(refitted.at[code, "score"]),
            now=float(now.at[code, "score"]),
            state_before=was.at[code, "state"],
            state=now.at[code, "state"],
            groups=tuple(labels[name] for name in moved[code].split()),
        )
        for code in shared
    }
    states = [(c.iso3, c.state_before, c.state) for c in capitals.values()]
    return Changes(
        since=before,
        feeds=[_feed(row) for row in news.feeds.to_dict("records")],
        versions=(version_at(served, before), version_at(served, origin)),
        capitals=capitals,
        begun={
            code: wording.going_on(ongoing_at(served, code, origin))
            for code, earlier, state in states
            if (earlier, state) == ("calm", "ongoing")
        },
        ended=[code for code, earlier, state in states if (earlier, state) == ("ongoing", "calm")],
        behind=_behind(served, before, origin),
    )


def _feed(row: dict[str, object]) -> str:
    before, after = row["before"], row["after"]
    reach = "new or revised months" if before == after else f"now to {wording.month(str(after))}"
    return f"{row['label']}: {reach}, for {row['units']} countries and territories"


def _behind(served: ServedPublication, before: pd.Timestamp, now: pd.Timestamp) -> list[str]:
    """Return a line for each kind of data that is late or missing for more capitals than at the origin before."""
    counts = []
    for origin in (before, now):
        flags = served.forecasts[origin].drop_duplicates("iso3")["flags"]
        labels = [label for text in flags for label in wording.feeds(text.split())]
        counts.append(pd.Series(labels, dtype=object).value_counts())
    more = counts[1].sub(counts[0], fill_value=0)
    return [f"{label}: late or missing for {int(number)} more capitals" for label, number in more[more > 0].items()]
