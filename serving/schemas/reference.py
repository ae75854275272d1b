"""Sources and the scores of every method."""

from pydantic import BaseModel, Field

from serving.schemas.fields import WithProvenance
from serving.schemas.model import Difference, Score


class SourceState(BaseModel):
    """A publisher's dataset, its licence, and its state on this machine: off, by hand, not fetched, failing, quarantined, late or fresh."""

    name: str
    title: str
    publisher: str
    licence: str
    citation: str
    url: str
    state: str
    newest_month: str = Field(
        description="Newest month of the files on this machine, YYYY-MM; empty where there is none."
    )
    in_panel_to: str = Field(
        description="Newest month of its rows in use, YYYY-MM; of the catalogue, the month reviewed."
    )
    age_months: int | None = Field(
        description="Months from then to the last complete month; null where none is in use."
    )
    expected_age_months: int | None = Field(description="Age when it is on time; null where it is in no table.")
    max_age_months: int | None = Field(description="Age beyond which its rows are not used; null where in no table.")
    in_use: str = Field(description="on time, late, too old to be used, or none.")
    last_success: str
    needed: str


class SourceList(WithProvenance):
    """Every source."""

    total: int
    sources: list[SourceState]


class SkillList(WithProvenance):
    """A page of scores, and the differences of the requested methods to their references."""

    total: int
    limit: int
    offset: int
    skill: list[Score]
    differences: list[Difference]
