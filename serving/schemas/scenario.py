"""The response to a scenario."""

from pydantic import BaseModel, Field

from serving.schemas.fields import WithProvenance
from serving.schemas.prediction import PredictedCurve


class MovedFeature(BaseModel):
    """A feature that the scenario changes; null is unknown."""

    name: str
    meaning: str
    before: float | None
    after: float | None
    used: bool = Field(description="Whether the model uses it.")


class MovedTheme(BaseModel):
    """How much a theme adds to the log-odds of the risk within six months, before and after."""

    group: str
    label: str
    before: float
    after: float


class ScenarioCurve(BaseModel):
    """Risk of one target by horizon: before and after the change, and as reported, with unknown what nobody reported."""

    reported: PredictedCurve
    before: PredictedCurve
    after: PredictedCurve
    moved: list[MovedTheme]


class ScenarioAnswer(WithProvenance):
    """Both curves of every target, what moved them, and where the answer should not be leant on."""

    iso3: str
    horizons: list[int]
    flags: list[str]
    changes: list[str] = Field(description="The changes in plain sentences.")
    answer: str = Field(
        description="What becomes of each risk, in a sentence; where nothing moves: why, and what would move it."
    )
    supposed: list[str] = Field(description="What both curves suppose where nobody reported.")
    features: list[MovedFeature]
    targets: dict[str, ScenarioCurve]
    warnings: list[str] = Field(description="Where the scenario leaves what the model has seen or looks at.")
    moves_the_model: list[str] = Field(description="Where no risk changes: sentences that would change one.")
