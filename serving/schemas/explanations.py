"""Drivers and analogues of a risk."""

from pydantic import BaseModel, Field

from serving.schemas.fields import Risk, State, Target, WithProvenance
from serving.schemas.forecasts import Driver


class Drivers(WithProvenance):
    """Decomposition of a risk: base + contributions + coherence_adjustment = log_odds; null while an episode is ongoing."""

    iso3: str
    target: Target
    horizon: int
    target_month: str
    state: State
    risk: Risk | None = Field(description="Risk by today's champion from the features as known at the origin.")
    published_risk: Risk | None = Field(description="Published risk; at past origins that of an earlier fit.")
    base: float | None = Field(description="Log-odds where every feature is average.")
    coherence_adjustment: float | None = Field(
        description="Log-odds by which a part is held below any disruption; 0 for disruption."
    )
    log_odds: float | None
    drivers: list[Driver]


class Analogue(BaseModel):
    """A past capital-month and the months from it to the next onset of each target."""

    iso3: str
    country: str
    capital: str
    origin: str
    distance: float = Field(description="Root of the weighted mean square of standardised differences; 0 is identical.")
    months_to_onset: dict[str, int | None] = Field(
        description="By target, months from the origin to the next onset; null where none came within a year."
    )
    ongoing: list[str] = Field(description="Targets with an ongoing episode at that origin.")


class Analogues(WithProvenance):
    """The nearest past capital-months whose following year was over at the origin, nearest first."""

    iso3: str
    target: Target
    horizon: int
    calm: int = Field(description="Number of analogues without an ongoing episode of the target.")
    disrupted: int = Field(description="Number of these with an onset of the target within the horizon.")
    summary: str = Field(examples=["Of the 20 closest situations 6 saw disruption within 6 months."])
    analogues: list[Analogue]
