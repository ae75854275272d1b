"""Changes of a scenario, as structured JSON or as one of a few plain sentences."""

from abc import ABC, abstractmethod
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

EXAMPLES = (
    "attacks on the Dakar corridor x2",
    "10 attacks on the Dakar corridor",
    "diesel +50 %",
    "staple food -10 %",
    "airport district fighting 20 deaths",
    "25-50 km fighting 20 deaths 3 events",
    "country fighting 100 deaths",
    "coup",
    "coup attempt",
)
"""A sentence of every form that is understood."""
Place = Literal[
    "capital", "airport", "surroundings", "country", "0-10", "10-25", "25-50", "50-100", "100-200", "200-325"
]


class Change(BaseModel, ABC):
    """A change of a scenario."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @property
    @abstractmethod
    def sentence(self) -> str:
        """Return the equivalent plain sentence."""

    @property
    def worsens(self) -> bool:
        """Return whether the change is for the worse."""
        return True


class CorridorAttacks(Change):
    """Attacks along a supply corridor over the newest three months: a multiple of those counted, or more of them."""

    kind: Literal["corridor_attacks"]
    corridor: str = Field(min_length=1, max_length=100, description="Its code, or a part of its name; `all` for all.")
    factor: float | None = Field(None, ge=0, le=100, allow_inf_nan=False)
    events: int | None = Field(None, ge=0, le=10_000)

    @property
    def sentence(self) -> str:
        """Return the equivalent plain sentence."""
        where = f"attacks on the {self.corridor} corridor"
        return f"{self.events} {where}" if self.factor is None else f"{where} x{self.factor:g}"

    @property
    def worsens(self) -> bool:
        """Return whether the change is for the worse."""
        return self.factor is None or self.factor >= 1


class Fighting(Change):
    """Deaths and events in the newest month, at the capital, by distance, or somewhere in the country."""

    kind: Literal["fighting"]
    place: Place = "capital"
    deaths: int = Field(ge=0, le=1_000_000)
    events: int = Field(1, ge=0, le=10_000)

    @property
    def sentence(self) -> str:
        """Return the equivalent plain sentence."""
        place = f"{self.place} km" if self.place[0].isdigit() else self.place
        return f"{place} fighting {self.deaths} deaths {self.events} events"


class Price(Change):
    """A price in the capital's market in the newest month, against the month before."""

    kind: Literal["price"]
    commodity: Literal["fuel", "staple"]
    percent: float = Field(ge=-99, le=10_000, allow_inf_nan=False)

    @property
    def sentence(self) -> str:
        """Return the equivalent plain sentence."""
        return f"{self.commodity} {self.percent:+g} %"

    @property
    def worsens(self) -> bool:
        """Return whether the change is for the worse."""
        return self.percent >= 0


class Coup(Change):
    """A coup, or an attempt, in the month before the origin."""

    kind: Literal["coup"]
    successful: bool = True

    @property
    def sentence(self) -> str:
        """Return the equivalent plain sentence."""
        return "coup" if self.successful else "coup attempt"


AnyChange = CorridorAttacks | Fighting | Price | Coup
StructuredChange = Annotated[AnyChange, Field(discriminator="kind")]
TextChange = Annotated[str, Field(max_length=200, description="A plain sentence.", examples=list(EXAMPLES))]
