"""Published forecasts: rows, and the risk curves of one capital."""

from pydantic import BaseModel, ConfigDict, Field

from serving.schemas.fields import Risk, State, Target, WithProvenance


class ForecastRow(BaseModel):
    """One risk: of an onset of `target` after the origin and up to `target_month`; null while an episode is going on,
    and where data that the target needs are missing (state `abstained`)."""

    model_config = ConfigDict(protected_namespaces=())
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
    model_version: str = Field(description="Registered version, or `backtest` and the year of the fit.")
    flags: list[str] = Field(description="Late, missing or quarantined data, such as `stale:countries`.")


class ForecastList(WithProvenance):
    """A page of forecast rows; `total` counts all that match."""

    total: int
    limit: int
    offset: int
    forecasts: list[ForecastRow]


class DriverFact(BaseModel):
    """A fact behind a driver, and its part of the driver's contribution."""

    text: str = Field(examples=["siege of Bamako since April 2026"])
    contribution: float


class Driver(BaseModel):
    """Contribution of a feature group to the log-odds of a risk; rank 1 is the strongest."""

    rank: int
    group: str
    label: str
    contribution: float
    sentence: str
    facts: list[DriverFact] = Field(
        description="Facts behind it, strongest first; the last may be its other features. They add up to its contribution; "
        "empty where that is shown as 1.0 times the odds, and in publications of earlier releases."
    )


class Ongoing(BaseModel):
    """An episode ongoing at the origin."""

    kind: str
    since: str
    reason: str
    last_confirmed: str | None = Field(
        None,
        description="Last month in which somebody or a rule saw it going on, YYYY-MM; null where nobody wrote it down.",
    )


class Curve(BaseModel):
    """Risk of one target by horizon (1 to 12 months); the lists are null while an episode of it is going on or data are missing."""

    state: State
    ongoing: list[Ongoing]
    risk: list[Risk] | None
    risk_low: list[Risk] | None
    risk_high: list[Risk] | None
    drivers: list[Driver]


class Standing(BaseModel):
    """Place of a capital in the ranking of every view: by the risk of disruption, or where that is null by `further_risk`."""

    horizon: int
    rank: int
    of: int
    state: State
    risk: Risk | None = Field(description="Risk of disruption; null while one is going on and where data are missing.")
    further_risk: Risk | None = Field(
        description="Where `risk` is null: 1 - prod(1 - risk) over the targets that are neither going on nor without data."
    )


class CapitalForecast(WithProvenance):
    """Published forecasts of one capital at one origin."""

    iso3: str
    country: str
    capital: str
    horizons: list[int]
    flags: list[str]
    standing: Standing | None = Field(description="Its place within six months; null where it has no forecast.")
    targets: dict[str, Curve]
