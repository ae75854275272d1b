"""Exception handlers: every error as the one JSON document, or as a page for browsers."""

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from serving.api.errors import CODES, ApiError, ErrorResponse, api_error
from serving.pages.components.error_page import error_page, is_browser
from serving.queries.errors import QueryError

log = logging.getLogger("chokepoint.errors")


async def _from_http(request: Request, error: Exception) -> Response:
    response: Response
    if isinstance(error, ApiError) and is_browser(request):
        response = error_page(request, error.status_code, str(error.detail))
    elif isinstance(error, ApiError):
        response = ErrorResponse(error.status_code, error.code, str(error.detail), error.fields.items())
    elif isinstance(error, HTTPException) and error.status_code == 400:
        # FastAPI answers 400 to a body that is not UTF-8 or nested too deeply for the parser.
        response = ErrorResponse(422, CODES[422], "the body is not valid JSON", [("body", "could not be read as JSON")])
    elif isinstance(error, HTTPException):
        code, message = CODES.get(error.status_code, "refused"), _explain(request, error)
        response = (
            error_page(request, error.status_code, message)
            if is_browser(request)
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


async def _from_query(request: Request, error: Exception) -> Response:
    if not isinstance(error, QueryError):
        raise error
    return await _from_http(request, api_error(error))


async def _from_validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    problems = [_problem(dict(one)) for one in error.errors()]
    first = "; ".join(f"{field}: {problem}" for field, problem in problems[:3])
    message = first + (f" (and {len(problems) - 3} more)" if len(problems) > 3 else "")
    if is_browser(request):
        return error_page(request, 422, message)
    return ErrorResponse(422, CODES[422], message, problems)


def _problem(error: Mapping[str, object]) -> tuple[str, str]:
    location = error.get("loc", ())
    parts = [str(part) for part in location] if isinstance(location, tuple) else []
    if error.get("type") == "json_invalid":
        return "body", f"is not valid JSON at character {parts[-1]}"
    field = ".".join(parts[1:]) or (parts[0] if parts else "body")
    return field, str(error.get("msg", "")).removeprefix("Value error, ")


async def _from_bug(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    return ErrorResponse(500, "internal", "the service failed on this request; the log says why")


def install(app: FastAPI) -> None:
    """Add the exception handlers to an application."""
    app.add_exception_handler(HTTPException, _from_http)
    app.add_exception_handler(QueryError, _from_query)
    app.add_exception_handler(RequestValidationError, _from_validation)
    app.add_exception_handler(Exception, _from_bug)
