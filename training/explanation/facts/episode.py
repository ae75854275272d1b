"""An episode of a capital as a phrase: "siege of Bamako since April 2026"."""

from dataclasses import dataclass
from functools import cache

from data import calendar

PHRASES = {
    "fighting": "fighting in {city}",
    "siege": "siege of {city}",
    "supply": "supply of {city} cut off",
    "shortage": "shortage of fuel, food or power in {city}",
    "takeover": "takeover of {city}",
    "coup": "coup in {city}",
    "coup_attempt": "coup attempt in {city}",
    "uprising": "uprising in {city}",
    "attack": "attack in {city}",
    "foreign_strike": "strikes from abroad on {city}",
}
"""Kind of episode -> how it is called with its city."""


@dataclass(frozen=True)
class Episode:
    """An episode as known at an origin."""

    kind: str
    city: str
    start: int
    """Index of its first month."""
    end: int
    """Index of its last month as far as the origin knows."""
    goes_on: bool

    @property
    def phrase(self) -> str:
        """Return it with its city and months."""
        called = PHRASES[self.kind].format(city=self.city)
        if self.goes_on:
            return f"{called} since {month(self.start)}"
        if self.end <= self.start:
            return f"{called} in {month(self.start)}"
        return f"{called} from {month(self.start)} to {month(self.end)}"


@cache
def month(index: int) -> str:
    """Return a month in full: October 2026."""
    return f"{calendar.month_at(index):%B %Y}"


def span(months: int) -> str:
    """Return a window as it stands before "to October 2026": "3 months", "20 years"."""
    if months > 24:
        return f"{months / 12:.0f} years"
    return f"{months} months"
