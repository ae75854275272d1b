"""The champion and its backtest scores."""

from datetime import datetime

from pydantic import BaseModel, Field

from serving.schemas.fields import Target, WithProvenance


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


class ModelCard(WithProvenance):
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
