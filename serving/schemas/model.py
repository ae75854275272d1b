"""The champion and its backtest scores."""

from datetime import datetime

from pydantic import BaseModel, Field

from serving.schemas.fields import Target, WithProvenance


class Score(BaseModel):
    """A score of the backtest."""

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


class ModelCard(WithProvenance):
    """The champion, with its scores and those of its references on past origins."""

    title: str
    run_id: str | None
    as_of: datetime
    publication: str
    refused: str | None = Field(description="Reason for which a newer publication is not served.")
    registry: str | None = Field(
        description="Difference between the registry's champion and the served model, or why the registry is unavailable."
    )
    references: list[str]
    skill: list[Score]
    differences: list[Difference]
