"""Errors of publishers' servers: one line with source, address, expected, got and remedy."""

import requests
import urllib3.exceptions as broken

from data.sources.registry import variable_names
from data.sources.shared.source import Source, SourceError


class FetchError(SourceError):
    """A publisher's response that cannot be used, in one line: source, address, expected, got, remedy."""


def refusal(response: requests.Response, source: Source) -> tuple[str, str]:
    """Return the reason of a status of 400 and above, and the remedy."""
    status = response.status_code
    got = f"{status} {response.reason or ''}".strip()
    if status in (400, 401, 403) and source.credentials:
        names = variable_names(source.credentials)
        return got, f"check {names} and that the account may read the API ({source.url})"
    if status in (404, 410):
        return got, f"the address may have moved: {by_hand(source)}"
    if status == 429:
        after = response.headers.get("Retry-After", "")
        return f"{got}{f', Retry-After {after:.40}' if after else ''}", "try again later"
    return got, "try again later" if status >= 500 else by_hand(source)


def by_hand(source: Source) -> str:
    """Return the remedy where a file has to be downloaded by hand."""
    return f"look at {source.url}, download by hand and use `chokepoint ingest --from DIR`"


def describe_failure(error: Exception, seconds: float) -> str:
    """Return the cause of a failed connection in words, never the library's own text, which holds the address.

    Args:
        error: Error of requests or urllib3, with its causes.
        seconds: The timeout in force.
    """
    causes = [error]
    while (cause := _cause(causes[-1])) is not None:
        causes.append(cause)
    for kind, words in (
        ((requests.TooManyRedirects,), "redirects without end"),
        ((broken.NameResolutionError,), "no such host"),
        ((broken.NewConnectionError,), "no connection"),
        ((broken.ConnectTimeoutError, requests.ConnectTimeout), f"no connection within {seconds:g} s"),
        ((broken.ReadTimeoutError, requests.ReadTimeout, TimeoutError), f"silence for {seconds:g} s"),
        ((broken.IncompleteRead,), _incomplete(causes)),
        ((broken.SSLError, requests.exceptions.SSLError), "a certificate that does not hold"),
        ((broken.ProtocolError, broken.ProxyError), "a connection that broke off"),
    ):
        if any(isinstance(cause, kind) for cause in causes):
            return words
    return type(causes[-1]).__name__


def _cause(error: BaseException) -> Exception | None:
    for cause in (getattr(error, "reason", None), *error.args[-1:], *error.args[:1], error.__cause__):
        if isinstance(cause, Exception):
            return cause
    return None


def _incomplete(causes: list[Exception]) -> str:
    for cause in causes:
        if isinstance(cause, broken.IncompleteRead):
            return f"{cause.partial:,} bytes and {cause.expected:,} missing"
    return "a part"
