"""Episodes of disruption."""

from pydantic import BaseModel, Field

from serving.schemas.fields import WithProvenance


class Episode(BaseModel):
    """A run of months, both ends included, in which a capital was disrupted in one way."""

    iso3: str
    capital: str = Field(description="The city that was disrupted; where the seat has moved it may be the earlier one.")
    start: str
    end: str
    kind: str
    confidence: str = Field(
        description="H: two independent accounts, or a feed and an account; M: one, or the month is uncertain; L: doubtful; "
        "PT: taken from Powell & Thyne unread."
    )
    reason: str
    last_confirmed: str | None = Field(
        description="Of an episode going on: the month in which it was last confirmed, YYYY-MM; null for one that has ended."
    )
    evidence: str = Field(description="What the row rests on; empty where that was not written down.")
    source: str = Field(description="catalogue, rule (found in the data after the catalogue's end), or both.")


class EpisodeList(WithProvenance):
    """Curated and rule-based episodes; those of low confidence are left out unless `doubtful` asks for them."""

    known_to: str = Field(
        description="Month up to which the catalogue is complete, YYYY-MM; of later months nobody has said that they were calm."
    )
    total: int
    episodes: list[Episode]
