"""An alert: a condition of a rule in words and numbers, with its provenance and a link to the page."""

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
    id: str = Field(description="The same in the alert history, the feeds, the CAP document and every delivery.")
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
class AlertProvenance:
    """Origin, time, model and data of the alerts raised together."""

    origin: pd.Timestamp
    raised_at: datetime
    model_version: str
    data_vintage: str
    public_url: str
    """Address of the service as readers reach it, without a slash at its end."""


def alert_id(condition: Condition, origin: pd.Timestamp) -> str:
    """Return the id of an alert: 20 hex digits that depend on rule, capital or feed, target and origin only."""
    return hashlib.sha256("|".join((*condition.key, f"{origin:%Y-%m}")).encode()).hexdigest()[:20]


def make_alert(condition: Condition, provenance: AlertProvenance, driver: str = "") -> Alert:
    """Make the alert of a condition.

    Args:
        condition: The condition that holds.
        provenance: Origin, time, model and data behind it.
        driver: Sentence on the strongest driver of the risk; empty for none.
    """
    common = {
        "id": alert_id(condition, provenance.origin),
        "rule": condition.rule.name,
        "kind": condition.rule.kind,
        "origin": f"{provenance.origin:%Y-%m}",
        "raised_at": provenance.raised_at,
        "model_version": provenance.model_version,
        "data_vintage": provenance.data_vintage,
    }
    if isinstance(condition.rule, Stale):
        return Alert.model_validate(common | _about_feed(condition, provenance))
    return Alert.model_validate(common | _about_capital(condition, provenance, driver))


def _about_feed(condition: Condition, provenance: AlertProvenance) -> dict[str, object]:
    used = wording.listing(wording.tables_in_words(condition.subject))
    about = f"{used[0].upper()}{used[1:]}" if used else condition.subject.capitalize()
    headline = f"{about}: data late or missing for {condition.count} of {condition.of} capitals"
    reason = (
        f"{headline} at the end of {wording.month(provenance.origin)} (feed `{condition.subject}`). "
        "Missing data count as unknown, not as peace."
    )
    return {
        "headline": headline,
        "reason": reason,
        "link": f"{provenance.public_url}/sources",
        "feed": condition.subject,
        "expires": _end_of(provenance.origin, 2),
    }


def _about_capital(condition: Condition, provenance: AlertProvenance, driver: str) -> dict[str, object]:
    rule = condition.rule
    assert not isinstance(rule, Stale)  # noqa: S101 - for the type checker
    place = states().set_index("iso3").loc[condition.subject]
    within = wording.within(rule.horizon)
    what = wording.TARGETS[rule.target].lower()
    stated = f"the risk of {what} {within} is {wording.percent(condition.risk)} ({wording.odds(condition.risk)})"
    was = f"a month before it was {wording.percent(condition.before)}" if isfinite(condition.before) else ""
    if isinstance(rule, Above):
        why = f"at or above the rule's {wording.percent(rule.risk)}" + (f"; {was}" if was else "")
    elif isinstance(rule, Rise):
        why = f"{condition.risk / condition.before:.1f} times the {wording.percent(condition.before)} of the month before; the rule asks for {rule.factor:g} times"
    else:
        before = f", after place {condition.place_before} a month before" if condition.place_before else ""
        why = f"place {condition.place} of {condition.of}{before}; the rule watches the first {rule.places}"
    return {
        "headline": f"{place['capital']}: risk of {what} {wording.percent(condition.risk)} {within}",
        "reason": f"{place['capital']}, {place['country']}: {stated}, {why}." + (f" {driver}" if driver else ""),
        "link": f"{provenance.public_url}/capitals/{condition.subject}",
        "iso3": condition.subject,
        "capital": place["capital"],
        "country": place["country"],
        "latitude": round(float(place["latitude"]), 4),
        "longitude": round(float(place["longitude"]), 4),
        "target": rule.target,
        "horizon": rule.horizon,
        "risk": round(condition.risk, 6),
        "risk_before": round(condition.before, 6) if isfinite(condition.before) else None,
        "place": condition.place,
        "expires": _end_of(provenance.origin, rule.horizon),
    }


def _end_of(origin: pd.Timestamp, months: int) -> pd.Timestamp:
    """Return the first instant after the month that lies so many months after the origin."""
    return calendar.as_of(calendar.month_at(calendar.month_index(origin) + months)).tz_localize("UTC")
