"""Episodes of disruption."""

from pydantic import BaseModel, Field

from serving.schemas.fields import WithProvenance


class Episode(BaseModel):
    """A run of months, both ends included, in which a capital was disrupted in one way."""

    iso3: str
    capital: str
    start: str
    end: str
    kind: str
    confidence: str
    reason: str
    source: str = Field(description="catalogue, rule (found in the data after the catalogue's end), or both.")


class EpisodeList(WithProvenance):
    """Curated and rule-based episodes; those of low confidence are left out."""

    total: int
    episodes: list[Episode]
