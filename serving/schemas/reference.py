"""Sources and the scores of every method."""

from pydantic import BaseModel

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
    newest_month: str
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
