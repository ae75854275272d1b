"""The documents of the API."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from data.settings import settings
from features.build import feature_names

MAX_ROWS = settings().max_rows
LARGEST = 3.4e38
"""Features are float32."""
MONTH = "[0-9]{4}-(0?[1-9]|1[0-2])"
"""The form of a month; only the document names it, as `lookup.parse_origin` says better what is wrong."""
Month = Annotated[str, Field(max_length=20), WithJsonSchema({"type": "string", "pattern": f"^{MONTH}$"})]
Risk = Annotated[float, Field(ge=0, le=1)]
State = Literal["calm", "ongoing", "abstained"]
Target = Literal["disruption", "fighting", "strangulation", "seizure"]
Finite = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]


class Stamped(BaseModel):
    """What every answer carries: which model said it, on which data, and when."""

    model_config = ConfigDict(protected_namespaces=())
    model: str = Field(examples=["stack"])
    model_version: str = Field(examples=["1"])
    origin: str = Field(
        description="Last month treated as past, YYYY-MM: the one asked for, else the newest published.",
        examples=["2026-10"],
    )
    data_vintage: str
    issued_at: datetime


class ForecastRow(BaseModel):
    """One risk: of an onset of `target` after the origin and up to `target_month`; null while an episode is going on,
    and where data that the target needs are missing (state `abstained`)."""

    origin: str
    iso3: str
    country: str
    capital: str
    target: Target
    horizon: int
    target_month: str
    risk: Risk | None
    risk_low: Risk | None
    risk_high: Risk | None
    hazard: Risk | None
    state: State
    flags: list[str] = Field(description="Feeds that were late, missing or held back, such as `stale:countries`.")


class ForecastList(Stamped):
    """A page of forecast rows; `total` counts all that match."""

    total: int
    limit: int
    offset: int
    forecasts: list[ForecastRow]


class Driver(BaseModel):
    """A group of features that moved a risk, strongest first."""

    rank: int
    group: str
    label: str
    contribution: float
    sentence: str


class Ongoing(BaseModel):
    """An episode that is going on at the origin."""

    kind: str
    since: str
    reason: str


class Curve(BaseModel):
    """Risk of one target by horizon (1 to 12 months); the lists are null while an episode of it is going on or data are missing."""

    state: State
    ongoing: list[Ongoing]
    risk: list[Risk] | None
    risk_low: list[Risk] | None
    risk_high: list[Risk] | None
    drivers: list[Driver]


class CapitalForecast(Stamped):
    """Everything published about one capital at one origin."""

    iso3: str
    country: str
    capital: str
    horizons: list[int]
    flags: list[str]
    targets: dict[str, Curve]


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


class CapitalList(Stamped):
    """Every state that is forecast."""

    total: int
    capitals: list[Capital]


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


class EpisodeList(Stamped):
    """The episodes that count, curated or found by rule; rows of doubtful confidence are left out."""

    total: int
    episodes: list[Episode]


class Score(BaseModel):
    """One figure of the backtest."""

    episodes: str
    model: str
    target: Target
    horizon: int
    window: str
    metric: str
    value: float | None


class Difference(BaseModel):
    """Score of `model` minus that of `reference` on the same rows, with its 95 % bootstrap interval over episodes."""

    episodes: str
    model: str
    reference: str
    target: Target
    horizon: int
    window: str
    metric: str
    value: float | None
    low: float | None
    high: float | None


class ModelCard(Stamped):
    """The champion and how well it and its references did on past origins."""

    title: str
    run_id: str | None
    as_of: datetime
    publication: str
    refused: str | None = Field(description="Why a newer publication is not served.")
    registry: str | None = Field(
        description="How the registry's champion differs from what is served, or why the registry cannot be asked."
    )
    references: list[str]
    skill: list[Score]
    differences: list[Difference]


class PredictRow(BaseModel):
    """A capital at an origin, a row of features, or both: then the features stand in for the capital's own."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "anyOf": [
                {"required": ["iso3"], "properties": {"iso3": {"type": "string"}}},
                {
                    "required": ["features"],
                    "properties": {"features": {"type": "object"}, "origin": {"type": "null"}},
                },
            ]
        },
    )
    iso3: str | None = Field(None, max_length=60, examples=["MLI"])
    origin: Month | None = Field(None, description="YYYY-MM; the newest by default.", examples=["2025-08"])
    features: dict[str, Finite | None] | None = Field(
        None,
        description="Feature name to value; null or left out is unknown.",
        examples=[{"corridor_attacks_5km_3m": 12}],
        json_schema_extra={"propertyNames": {"enum": [*feature_names()]}},
    )

    @model_validator(mode="after")
    def _names_something(self) -> "PredictRow":
        if self.iso3 is None and self.features is None:
            raise ValueError("give `iso3` (and `origin`), or `features`, or both")
        if self.iso3 is None and self.origin is not None:
            raise ValueError("`origin` needs `iso3`: a row of features has no date")
        return self


class PredictRequest(BaseModel):
    """Up to 5,000 rows, answered in their order."""

    model_config = ConfigDict(extra="forbid")
    rows: list[PredictRow] = Field(min_length=1, max_length=MAX_ROWS)


class PredictedCurve(BaseModel):
    """Risk of one target by horizon; null while an episode of it is going on or data that it needs are missing."""

    state: State
    risk: list[Risk] | None


class Prediction(BaseModel):
    """The answer to one row."""

    iso3: str | None
    origin: str | None
    flags: list[str] = Field(description="Feeds of the capital that were late or missing.")
    targets: dict[str, PredictedCurve]


class PredictAnswer(Stamped):
    """One prediction for each row, in the order of the rows."""

    horizons: list[int]
    predictions: list[Prediction]


class Feature(BaseModel):
    """One input of the model; null is unknown."""

    name: str
    value: float | None
    group: str
    meaning: str


class CapitalFeatures(Stamped):
    """The inputs of the model for one capital at one origin."""

    iso3: str
    flags: list[str]
    features: list[Feature]
