"""The one shape of every error, and how problems of all kinds are brought into it."""

import json
import logging
from collections.abc import Iterable, Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from serving.pages import problems

log = logging.getLogger("chokepoint.errors")

CODES = {
    404: "unknown_path",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    422: "invalid_request",
    503: "not_ready",
}
MAX_FIELDS = 20
"""A body of 5,000 bad rows is answered with its first problems only."""


class FieldProblem(BaseModel):
    """One field and what is wrong with it."""

    field: str = Field(examples=["rows.0.origin"])
    problem: str = Field(examples=["month '2025-13' is not of the form YYYY-MM, such as 2025-09"])


class ErrorBody(BaseModel):
    """What went wrong, for a program (`code`) and for a person (`message`)."""

    status: int = Field(examples=[404])
    code: str = Field(examples=["unknown_country"])
    message: str = Field(examples=["no capital has the code 'MLX'; the nearest are MLI (Mali), MLT (Malta)"])
    fields: list[FieldProblem]


class ErrorAnswer(BaseModel):
    """Body of every answer that is not a success."""

    error: ErrorBody


class ApiError(HTTPException):
    """A problem of a request, raised by a route; `fields` maps a field to what is wrong with it."""

    def __init__(self, status: int, code: str, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(status, message)
        self.code = code
        self.fields = dict(fields or {})


class ErrorResponse(Response):
    """Writes the error body; ASCII only, as a name echoed from a request may hold half a surrogate pair."""

    media_type = "application/json"

    def __init__(self, status: int, code: str, message: str, fields: Iterable[tuple[str, str]] = ()) -> None:
        listed = [{"field": field, "problem": problem} for field, problem in fields][:MAX_FIELDS]
        body = {"error": {"status": status, "code": code, "message": message, "fields": listed}}
        super().__init__(json.dumps(body), status)


async def _from_http(request: Request, error: Exception) -> Response:
    response: Response
    if isinstance(error, ApiError) and problems.wanted(request):
        response = problems.problem_page(request, error.status_code, str(error.detail))
    elif isinstance(error, ApiError):
        response = ErrorResponse(error.status_code, error.code, str(error.detail), error.fields.items())
    elif isinstance(error, HTTPException) and error.status_code == 400:
        # FastAPI answers 400 to a body that is not UTF-8 or nested too deeply for the parser.
        response = ErrorResponse(422, CODES[422], "the body is not valid JSON", [("body", "could not be read as JSON")])
    elif isinstance(error, HTTPException):
        code, message = CODES.get(error.status_code, "refused"), _explain(request, error)
        asked = problems.wanted(request)
        response = (
            problems.problem_page(request, error.status_code, message)
            if asked
            else ErrorResponse(error.status_code, code, message)
        )
    else:
        raise error
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


def _explain(request: Request, error: HTTPException) -> str:
    if error.status_code == 404:
        return f"nothing is at {request.scope['path']}; the paths are listed at /docs and /openapi.json"
    if error.status_code == 405:
        return f"{request.method} is not allowed at {request.scope['path']}; the methods are listed at /docs"
    return str(error.detail)


async def _from_validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = [_problem(dict(one)) for one in error.errors()]
    first = "; ".join(f"{field}: {problem}" for field, problem in found[:3])
    message = first + (f" (and {len(found) - 3} more)" if len(found) > 3 else "")
    if problems.wanted(request):
        return problems.problem_page(request, 422, message)
    return ErrorResponse(422, CODES[422], message, found)


def _problem(found: Mapping[str, object]) -> tuple[str, str]:
    place = found.get("loc", ())
    parts = [str(part) for part in place] if isinstance(place, tuple) else []
    if found.get("type") == "json_invalid":
        return "body", f"is not valid JSON at character {parts[-1]}"
    return ".".join(parts[1:]) or (parts[0] if parts else "body"), str(found.get("msg", "")).removeprefix(
        "Value error, "
    )


async def _from_bug(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    return ErrorResponse(500, "internal", "the service failed on this request; the log says why")


def install(app: FastAPI) -> None:
    """Make every error of the application answer in the one shape."""
    app.add_exception_handler(HTTPException, _from_http)
    app.add_exception_handler(RequestValidationError, _from_validation)
    app.add_exception_handler(Exception, _from_bug)
