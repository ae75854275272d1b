"""The conditions of the rules that hold at an origin, from its forecasts and those of the origin before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan

import pandas as pd

from data.reference_tables import states
from serving.alerts.rules import Above, Rise, Rule, Stale, Top
from serving.queries.ranking import rank_target
from serving.queries.wording import moved

Key = tuple[str, str, str]
"""Rule, capital (ISO3) or feed, target: the identity of a condition over time."""


@dataclass(frozen=True)
class Condition:
    """One rule that holds for one capital or feed; numbers that do not apply are NaN or 0."""

    rule: Rule
    subject: str
    """ISO3 of the capital, or name of the feed."""
    risk: float = nan
    before: float = nan
    place: int = 0
    place_before: int = 0
    of: int = 0
    count: int = 0
    """Capitals for which a feed is late or missing."""
    news: bool = True
    """Whether new information makes it hold, and not ageing or a new fit alone; a feed's state is news by itself."""

    @property
    def key(self) -> Key:
        """The identity of the condition over time."""
        return (self.rule.name, self.subject, "" if isinstance(self.rule, Stale) else self.rule.target)


def conditions(
    rules: Sequence[Rule], now: pd.DataFrame, before: pd.DataFrame | None, news: pd.DataFrame | None = None
) -> list[Condition]:
    """Return every condition that holds at an origin.

    Args:
        rules: The rules.
        now: Forecast rows of the origin.
        before: Forecast rows of the month before; None where there are none.
        news: What the fit of `now` gives for the month before, with the groups that new information moved
            (training.publication.news); None where it is not known, as over the backtest: every condition then counts as news.

    Returns:
        Conditions in the order of the rules; none for a risk that is NaN, as while an episode goes on.
    """
    return [condition for rule in rules for condition in _holding(rule, now, before, news)]


def _holding(
    rule: Rule, now: pd.DataFrame, before: pd.DataFrame | None, news: pd.DataFrame | None
) -> Iterator[Condition]:
    if isinstance(rule, Stale):
        yield from _stale(rule, now)
        return
    table = _places(now, rule.target, rule.horizon)
    earlier = table.iloc[:0] if before is None else _places(before, rule.target, rule.horizon)
    refitted = None if news is None else _places(news, rule.target, rule.horizon)["risk"]
    informed = set() if news is None else set(news.loc[news["groups"] != "", "iso3"])
    watched = _watched(rule)
    for row in table.itertuples():
        if row.Index not in watched or not isfinite(row.risk):
            continue
        was = earlier.loc[row.Index] if row.Index in earlier.index else None
        risk_before = nan if was is None else float(was["risk"])
        condition = Condition(
            rule, row.Index, row.risk, risk_before, row.place, 0 if was is None else int(was["place"]), len(table)
        )
        if not _holds(rule, condition):
            continue
        if refitted is not None:
            risen = _has_risen(rule, row.risk, float(refitted.get(row.Index, nan)))
            condition = replace(condition, news=row.Index in informed and risen)
        yield condition


def _holds(rule: Above | Rise | Top, condition: Condition) -> bool:
    if isinstance(rule, Above):
        return condition.risk >= rule.risk
    if isinstance(rule, Rise):
        return (
            condition.risk >= rule.least_risk
            and condition.before > 0
            and condition.risk >= rule.factor * condition.before
        )
    return condition.place <= rule.places


def _has_risen(rule: Above | Rise | Top, risk: float, refitted: float) -> bool:
    """Return whether the same fit gives a change that the rule is about; a capital that had no risk before has one now."""
    if not isfinite(refitted):
        return True
    if isinstance(rule, Rise):
        return risk >= rule.factor * refitted
    return moved(risk - refitted) > 0


def _places(rows: pd.DataFrame, target: str, horizon: int) -> pd.DataFrame:
    """Return risk and place of each capital by ISO3: disrupted ones are placed by the risk of further disruption."""
    ranked = rank_target(rows, target, horizon).set_index("iso3")
    stated = ranked["score"].where(ranked["state"] == "calm")
    return pd.DataFrame({"risk": stated, "place": ranked["rank"]}).sort_values("place", kind="stable")


def _watched(rule: Above | Rise | Top) -> set[str]:
    known = states()
    if rule.countries or rule.regions:
        known = known[known["iso3"].isin(rule.countries) | known["region"].isin(rule.regions)]
    return set(known["iso3"])


def _stale(rule: Stale, now: pd.DataFrame) -> Iterator[Condition]:
    flags = now.drop_duplicates("iso3")["flags"].astype(str).str.split()
    counts = flags.explode().dropna().str.partition(":")[2].value_counts()
    for feed, count in counts.sort_index().items():
        if (not rule.feeds or feed in rule.feeds) and count >= rule.share * len(flags):
            yield Condition(rule, str(feed), count=int(count), of=len(flags))
