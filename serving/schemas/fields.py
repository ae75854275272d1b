"""Field types shared by the documents, their provenance, and how months and missing numbers are written."""

import math
from datetime import datetime
from typing import Annotated, Literal, TypedDict

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

LARGEST = 3.4e38
"""Features are float32."""
MONTH = "[0-9]{4}-(0?[1-9]|1[0-2])"
"""Pattern of a month; only the OpenAPI document has it, as `lookup.parse_origin` explains better what is wrong."""
Month = Annotated[str, Field(max_length=20), WithJsonSchema({"type": "string", "pattern": f"^{MONTH}$"})]
Risk = Annotated[float, Field(ge=0, le=1)]
State = Literal["calm", "ongoing", "abstained"]
Target = Literal["disruption", "fighting", "strangulation", "seizure"]
Finite = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]


class WithProvenance(BaseModel):
    """Provenance carried by every response: model, version, origin, data vintage and time of publication."""

    model_config = ConfigDict(protected_namespaces=())
    model: str = Field(examples=["stack"])
    model_version: str = Field(examples=["1"])
    origin: str = Field(
        description="Last month treated as past, YYYY-MM: the requested one, else the newest published.",
        examples=["2026-10"],
    )
    data_vintage: str
    issued_at: datetime


class Provenance(TypedDict):
    """Values of the fields of `WithProvenance`."""

    model: str
    model_version: str
    origin: str
    data_vintage: str
    issued_at: pd.Timestamp


def year_month(value: pd.Timestamp) -> str:
    """Return a month as YYYY-MM."""
    return f"{value:%Y-%m}"


def null_if_nan(value: float) -> float | None:
    """Return a number unchanged, and NaN as None."""
    return None if math.isnan(value) else value
