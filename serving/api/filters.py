"""Query parameters of listings: repeated or comma separated; unknown names and values are rejected."""

from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from serving.schemas.fields import MONTH, Month, Target

MAX_LIMIT = 10_000
SOME_COUNTRIES = "ISO3 codes, such as MLI,BFA; all by default."


def commas(values: object) -> object:
    """Split values at commas: ["MLI,BFA", "NER"] becomes ["MLI", "BFA", "NER"]."""
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
    """Query parameters; an unknown name is rejected, as ignoring it would return other rows than requested."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _known_names(cls, parameters: Any) -> Any:
        if isinstance(parameters, dict):
            known = [field.alias or name for name, field in cls.model_fields.items()]
            for name in parameters.keys() - set(known):
                close = get_close_matches(name, known, 1, 0.5)
                hint = f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(known)}"
                raise ValueError(f"no parameter is called {name[:60]!r}; {hint}")
        return parameters


class Page(Filters):
    """A page of a listing."""

    limit: int = Field(1000, ge=1, le=MAX_LIMIT, description="Maximum number of rows.")
    offset: int = Field(0, ge=0, description="Number of rows to skip.")
    format: Literal["json", "csv", "hxl"] | None = Field(
        None, description="`hxl` is CSV with a row of HXL tags; by default the format of the Accept header, else JSON."
    )


class PageWithPlaces(Page):
    """A page of a listing that has places."""

    format: Literal["json", "csv", "hxl", "geojson"] | None = Field(  # type: ignore[assignment]
        None, description="`hxl` is CSV with a row of HXL tags; by default the format of the Accept header, else JSON."
    )


class Span(Filters):
    """A span of origins, both ends included."""

    since: Month | None = Field(None, alias="from", description="First origin, YYYY-MM.", examples=["2025-01"])
    until: Month | None = Field(None, alias="to", description="Last origin, YYYY-MM.", examples=["2026-10"])


class AtOrigin(Filters):
    """The origin, by default the newest."""

    origin: Month | None = Field(None, description="YYYY-MM; the newest by default.", examples=["2026-10"])
