"""An alert: what was found, in words and numbers, and where to look."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from data import calendar
from data.reference_tables import states
from serving.alerts.conditions import Condition
from serving.alerts.rules import Above, Rise, Stale
from serving.queries import wording


class Alert(BaseModel):
    """One alert, raised once; `iso3`, `target` and the risks are null for an alert about a feed."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())
    id: str = Field(description="The same in the ledger, the feeds, the CAP document and every delivery.")
    rule: str
    kind: str = Field(description="above, rise, top or stale.")
    origin: str = Field(description="Last month treated as past, YYYY-MM.")
    raised_at: datetime
    expires: datetime = Field(description="End of the time the alert speaks of.")
    headline: str
    reason: str
    link: str
    iso3: str | None = None
    capital: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    feed: str | None = None
    target: str | None = None
    horizon: int | None = None
    risk: float | None = None
    risk_before: float | None = None
    place: int | None = None
    model_version: str
    data_vintage: str


@dataclass(frozen=True)
class Source:
    """What alerts of one origin are stamped with."""

    origin: pd.Timestamp
    raised_at: datetime
    model_version: str
    data_vintage: str
    public_url: str
    """Address of the service as readers reach it, without a slash at its end."""


def identifier(found: Condition, origin: pd.Timestamp) -> str:
    """Return the name of an alert: the same for the same rule, capital or feed, target and origin."""
    return hashlib.sha256("|".join((*found.key, f"{origin:%Y-%m}")).encode()).hexdigest()[:20]


def make_alert(found: Condition, source: Source, driver: str = "") -> Alert:
    """Put a condition into words; `driver` is the sentence on what moves the risk most."""
    stamped = {
        "id": identifier(found, source.origin),
        "rule": found.rule.name,
        "kind": found.rule.kind,
        "origin": f"{source.origin:%Y-%m}",
        "raised_at": source.raised_at,
        "model_version": source.model_version,
        "data_vintage": source.data_vintage,
    }
    if isinstance(found.rule, Stale):
        return Alert.model_validate(stamped | _about_feed(found, source))
    return Alert.model_validate(stamped | _about_capital(found, source, driver))


def _about_feed(found: Condition, source: Source) -> dict[str, object]:
    used = wording.listing(wording.tables_in_words(found.subject))
    about = f"{used[0].upper()}{used[1:]}" if used else found.subject.capitalize()
    headline = f"{about}: data late or missing for {found.count} of {found.of} capitals"
    reason = (
        f"{headline} at the end of {wording.month(source.origin)} (feed `{found.subject}`). "
        "What is missing counts as unknown, not as peace."
    )
    return {
        "headline": headline,
        "reason": reason,
        "link": f"{source.public_url}/sources",
        "feed": found.subject,
        "expires": _end_of(source.origin, 2),
    }


def _about_capital(found: Condition, source: Source, driver: str) -> dict[str, object]:
    rule = found.rule
    assert not isinstance(rule, Stale)  # noqa: S101 - for the type checker
    place = states().set_index("iso3").loc[found.subject]
    within = f"within {rule.horizon} month{'' if rule.horizon == 1 else 's'}"
    what = wording.TARGETS[rule.target].lower()
    stated = f"the risk of {what} {within} is {wording.percent(found.risk)} ({wording.odds(found.risk)})"
    was = f"a month before it was {wording.percent(found.before)}" if isfinite(found.before) else ""
    if isinstance(rule, Above):
        why = f"at or above the rule's {wording.percent(rule.risk)}" + (f"; {was}" if was else "")
    elif isinstance(rule, Rise):
        why = f"{found.risk / found.before:.1f} times the {wording.percent(found.before)} of the month before; the rule asks for {rule.factor:g} times"
    else:
        before = f", after place {found.place_before} a month before" if found.place_before else ""
        why = f"place {found.place} of {found.of}{before}; the rule watches the first {rule.places}"
    return {
        "headline": f"{place['capital']}: risk of {what} {wording.percent(found.risk)} {within}",
        "reason": f"{place['capital']}, {place['country']}: {stated}, {why}." + (f" {driver}" if driver else ""),
        "link": f"{source.public_url}/capitals/{found.subject}",
        "iso3": found.subject,
        "capital": place["capital"],
        "country": place["country"],
        "latitude": round(float(place["latitude"]), 4),
        "longitude": round(float(place["longitude"]), 4),
        "target": rule.target,
        "horizon": rule.horizon,
        "risk": round(found.risk, 6),
        "risk_before": round(found.before, 6) if isfinite(found.before) else None,
        "place": found.place,
        "expires": _end_of(source.origin, rule.horizon),
    }


def _end_of(origin: pd.Timestamp, months: int) -> pd.Timestamp:
    """Return the first instant after the month that lies so many months after the origin."""
    return calendar.as_of(calendar.month_at(calendar.month_index(origin) + months)).tz_localize("UTC")
