"""Requests and responses of predictions."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.settings import settings
from features.build import feature_names
from serving.schemas.fields import Finite, Month, Risk, State, WithProvenance

MAX_ROWS = settings().max_rows


class PredictRow(BaseModel):
    """A capital at an origin, a row of features, or both: then the features replace the capital's own."""

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
        description="Feature name to value; null or left out is missing.",
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
    """Up to 5,000 rows, predicted in their order."""

    model_config = ConfigDict(extra="forbid")
    rows: list[PredictRow] = Field(min_length=1, max_length=MAX_ROWS)


class PredictedCurve(BaseModel):
    """Risk of one target by horizon; null while an episode of it is ongoing or data that it needs are missing."""

    state: State
    risk: list[Risk] | None


class Prediction(BaseModel):
    """The prediction of one row."""

    iso3: str | None
    origin: str | None
    flags: list[str] = Field(description="Late or missing data of the capital.")
    targets: dict[str, PredictedCurve]


class PredictionList(WithProvenance):
    """One prediction for each row, in the order of the rows."""

    horizons: list[int]
    predictions: list[Prediction]
