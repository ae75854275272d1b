"""The rules of alerts and the receivers of deliveries, as a file of rules states them."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from data.reference_tables import states
from features.registry import groups
from serving.schemas.fields import Target


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", text):
        raise ValueError("give small letters, digits and hyphens, such as high-risk")
    return text


def _countries(codes: list[str]) -> list[str]:
    return _all_known(codes, set(states()["iso3"]), "the ISO3 code of a state, such as MLI")


def _regions(names: list[str]) -> list[str]:
    known = set(states()["region"])
    return _all_known(names, known, f"a region: {', '.join(sorted(known))}")


def _feeds(names: list[str]) -> list[str]:
    known = {table for group in groups() for table in group.tables}
    return _all_known(names, known, f"a feed: {', '.join(sorted(known))}")


def _all_known(values: list[str], known: set[str], kind: str) -> list[str]:
    for value in values:
        if value not in known:
            raise ValueError(f"{value!r} is not {kind}")
    return values


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("give an address that begins with https:// or http:// and names a host")
    if parts.username or parts.password:
        raise ValueError("an address holds no user and no password; deliveries are signed")
    return url


Name = Annotated[str, AfterValidator(_name)]


class _Strict(BaseModel):
    """A table of the file: unknown fields and values of another type are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Rule(_Strict):
    """Fields of every rule."""

    name: Name
    quiet_months: int = Field(3, ge=0, le=24)
    """A condition that held at one of so many origins before raises no new alert."""
    repeat_months: int | None = Field(None, ge=1, le=24)
    """Months after which a condition that still holds raises another alert; None: never."""


class _OfCapitals(_Rule):
    """A rule about capitals, all of them unless countries or regions are named."""

    target: Target = "disruption"
    horizon: int = Field(6, ge=1, le=12)
    countries: Annotated[list[str], AfterValidator(_countries)] = []
    regions: Annotated[list[str], AfterValidator(_regions)] = []


class Above(_OfCapitals):
    """The risk is at or above a threshold."""

    kind: Literal["above"]
    risk: float = Field(gt=0, lt=1)


class Rise(_OfCapitals):
    """The risk has risen by a factor since the origin before, to at least `least_risk`."""

    kind: Literal["rise"]
    factor: float = Field(gt=1)
    least_risk: float = Field(ge=0, lt=1)


class Top(_OfCapitals):
    """The capital is among the first `places` of the ranking."""

    kind: Literal["top"]
    places: int = Field(ge=1, le=200)


class Stale(_Rule):
    """A feed is late or missing for a share of the capitals."""

    kind: Literal["stale"]
    feeds: Annotated[list[str], AfterValidator(_feeds)] = []
    share: float = Field(gt=0, le=1)


Rule = Above | Rise | Top | Stale


class Webhook(_Strict):
    """A receiver of signed deliveries."""

    name: Name
    url: Annotated[str, AfterValidator(_address)]
    secret_env: str = ""
    """Environment variable that holds its secret; empty: CHOKEPOINT_WEBHOOK_SECRET."""
    rules: list[Name] = []
    """Rules whose alerts it receives; empty: all."""

    def wants(self, rule: str) -> bool:
        """Return whether alerts of a rule go to this receiver."""
        return not self.rules or rule in self.rules


class Rules(_Strict):
    """A file of rules."""

    rule: list[Annotated[Rule, Field(discriminator="kind")]] = []
    webhook: list[Webhook] = []

    @model_validator(mode="after")
    def _names(self) -> "Rules":
        for kind, names in (("rule", [r.name for r in self.rule]), ("webhook", [w.name for w in self.webhook])):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"two {kind}s are called {name!r}; rename one")
        known = {r.name for r in self.rule}
        for hook in self.webhook:
            for name in hook.rules:
                if name not in known:
                    raise ValueError(f"webhook {hook.name}: rules: no rule is called {name!r}")
        return self
