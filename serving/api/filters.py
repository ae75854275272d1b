"""Filters of the listings: repeated or comma separated, with unknown names and values refused."""

from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from serving.schemas.fields import MONTH, Month, Target

MAX_LIMIT = 10_000
SOME_COUNTRIES = "ISO3 codes, such as MLI,BFA; all by default."


def commas(values: object) -> object:
    """Turn ["MLI,BFA", "NER"] into ["MLI", "BFA", "NER"]."""
    if not isinstance(values, list):
        return values
    return [part.strip() for value in values for part in str(value).split(",") if part.strip()]


Codes = Annotated[list[str], BeforeValidator(commas), Field(max_length=300)]
Targets = Annotated[list[Target], BeforeValidator(commas)]
Horizons = Annotated[list[Annotated[int, Field(ge=1, le=12)]], BeforeValidator(commas)]
Regions = Annotated[list[str], BeforeValidator(commas), Field(max_length=30)]
Months = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^({MONTH}(,{MONTH})*)?$"})]
Origins = Annotated[list[Months], BeforeValidator(commas), Field(max_length=500)]


class Filters(BaseModel):
    """A listing's parameters; a name it does not know is refused, as ignoring it would answer another question."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _known_names(cls, given: Any) -> Any:
        if isinstance(given, dict):
            named = [field.alias or name for name, field in cls.model_fields.items()]
            for name in given.keys() - set(named):
                close = get_close_matches(name, named, 1, 0.5)
                hint = f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(named)}"
                raise ValueError(f"no parameter is called {name[:60]!r}; {hint}")
        return given


class Page(Filters):
    """Which part of a listing."""

    limit: int = Field(1000, ge=1, le=MAX_LIMIT, description="How many rows to give.")
    offset: int = Field(0, ge=0, description="How many rows to leave out at the start.")
    format: Literal["json", "csv", "hxl"] | None = Field(
        None, description="`hxl` is CSV with a row of HXL tags; by default what the Accept header asks for, else JSON."
    )


class Placed(Page):
    """Which part of a listing that can be put on a map."""

    format: Literal["json", "csv", "hxl", "geojson"] | None = Field(  # type: ignore[assignment]
        None, description="`hxl` is CSV with a row of HXL tags; by default what the Accept header asks for, else JSON."
    )


class Span(Filters):
    """A span of origins, both ends included."""

    since: Month | None = Field(None, alias="from", description="First origin, YYYY-MM.", examples=["2025-01"])
    until: Month | None = Field(None, alias="to", description="Last origin, YYYY-MM.", examples=["2026-10"])


class AtOrigin(Filters):
    """At which origin."""

    origin: Month | None = Field(None, description="YYYY-MM; the newest by default.", examples=["2026-10"])
