"""Capitals and their features."""

from pydantic import BaseModel

from serving.schemas.fields import WithProvenance


class Capital(BaseModel):
    """A state and its seat of government today."""

    iso3: str
    country: str
    capital: str
    latitude: float
    longitude: float
    region: str
    member_from: str
    landlocked: bool


class CapitalList(WithProvenance):
    """Every state that is forecast."""

    total: int
    capitals: list[Capital]


class Feature(BaseModel):
    """A feature of the model; null is missing."""

    name: str
    value: float | None
    group: str
    meaning: str


class CapitalFeatures(WithProvenance):
    """The features of one capital at one origin."""

    iso3: str
    flags: list[str]
    features: list[Feature]
