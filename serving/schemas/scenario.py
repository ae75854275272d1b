"""Result of a scenario."""

from pydantic import BaseModel, Field

from serving.schemas.fields import WithProvenance
from serving.schemas.prediction import PredictedCurve


class ChangedFeature(BaseModel):
    """A feature that the scenario changes; null is missing."""

    name: str
    meaning: str
    before: float | None
    after: float | None
    used: bool = Field(description="Whether the model uses it.")


class ThemeContribution(BaseModel):
    """Contribution of a theme to the log-odds of the risk within six months, before and after."""

    group: str
    label: str
    before: float
    after: float


class ScenarioCurve(BaseModel):
    """Risk of one target by horizon: before and after the change, and as reported, with unreported months missing."""

    reported: PredictedCurve
    before: PredictedCurve
    after: PredictedCurve
    moved: list[ThemeContribution]


class ScenarioResult(WithProvenance):
    """Both curves of every target, the features and themes that changed, assumptions and warnings."""

    iso3: str
    horizons: list[int]
    flags: list[str]
    changes: list[str] = Field(description="The changes in plain sentences.")
    summary: str = Field(
        description="Effect on each risk in a sentence; where there is none: the reason, and changes that have one."
    )
    assumptions: list[str] = Field(description="What both curves assume for months that nobody reported.")
    features: list[ChangedFeature]
    targets: dict[str, ScenarioCurve]
    warnings: list[str] = Field(description="Where the scenario extrapolates, or has no effect on the model.")
    effective_changes: list[str] = Field(
        description="Where no risk changes: sentences of changes that would change one."
    )
