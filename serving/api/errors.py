"""The one shape of every error, and the HTTP status and code of every error of a query."""

import json
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from serving.queries.errors import (
    InvalidRequestError,
    QueryError,
    UnknownCapitalError,
    UnknownCorridorError,
    UnknownOriginError,
    UnknownRegionError,
)

CODES = {
    404: "unknown_path",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    422: "invalid_request",
    503: "not_ready",
}
QUERY_ERRORS: dict[type[QueryError], tuple[int, str]] = {
    InvalidRequestError: (422, "invalid_request"),
    UnknownCapitalError: (404, "unknown_country"),
    UnknownRegionError: (404, "unknown_region"),
    UnknownOriginError: (404, "unknown_origin"),
    UnknownCorridorError: (422, "unknown_corridor"),
}
"""HTTP status and code of each error of a query."""
MAX_FIELDS = 20
"""Problems listed at most: a body may have 5,000 bad rows."""


class FieldProblem(BaseModel):
    """A field of the request and its problem."""

    field: str = Field(examples=["rows.0.origin"])
    problem: str = Field(examples=["month '2025-13' is not of the form YYYY-MM, such as 2025-09"])


class ErrorBody(BaseModel):
    """An error, for a program (`code`) and for a person (`message`)."""

    status: int = Field(examples=[404])
    code: str = Field(examples=["unknown_country"])
    message: str = Field(examples=["no capital has the code 'MLX'; the nearest are MLI (Mali), MLT (Malta)"])
    fields: list[FieldProblem]


class ErrorDocument(BaseModel):
    """Body of every response that is not a success."""

    error: ErrorBody


class ApiError(HTTPException):
    """An error raised by a route or dependency; `fields` maps a field of the request to its problem."""

    def __init__(self, status: int, code: str, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(status, message)
        self.code = code
        self.fields = dict(fields or {})


def api_error(error: QueryError) -> ApiError:
    """Return the HTTP error of a query's error."""
    status, code = QUERY_ERRORS[type(error)]
    return ApiError(status, code, str(error), error.fields)


class ErrorResponse(Response):
    """Response with the error body; ASCII only, as a name echoed from a request may hold half a surrogate pair."""

    media_type = "application/json"

    def __init__(self, status: int, code: str, message: str, fields: Iterable[tuple[str, str]] = ()) -> None:
        problems = [{"field": field, "problem": problem} for field, problem in fields][:MAX_FIELDS]
        body = {"error": {"status": status, "code": code, "message": message, "fields": problems}}
        super().__init__(json.dumps(body), status)
