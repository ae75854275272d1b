"""Past forecasts with their outcomes."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.schemas.fields import Risk, Target, WithProvenance

Outcome = Literal["onset", "none", "open", "ongoing"]


class PastForecast(BaseModel):
    """A forecast and its outcome: an onset in `onset_month`, none, open (not known yet), or an episode already ongoing."""

    model_config = ConfigDict(protected_namespaces=())
    origin: str
    target: Target
    horizon: int
    target_month: str
    risk: Risk | None
    outcome: Outcome
    onset_month: str | None
    model_version: str = Field(description="Registered version, or `backtest` and the year of the fit.")


class CapitalHistory(WithProvenance):
    """A page of past forecasts, oldest first; those before the newest two origins are of the rolling backtest."""

    iso3: str
    total: int
    limit: int
    offset: int
    forecasts: list[PastForecast]
