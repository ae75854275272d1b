"""Errors of queries; each edge turns them into its own: an HTTP status, an exit code, a page."""

from collections.abc import Mapping


class QueryError(Exception):
    """A query that cannot be answered; `fields` maps a field of the request to its problem."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class InvalidRequestError(QueryError, ValueError):
    """A value of the request is malformed or contradicts another."""


class UnknownCapitalError(QueryError, LookupError):
    """No forecast state has the code."""


class UnknownRegionError(QueryError, LookupError):
    """No region has the name."""


class UnknownOriginError(QueryError, LookupError):
    """The origin is not published, outside the panel, or before the state existed."""


class UnknownCorridorError(QueryError, LookupError):
    """The capital has no supply corridor of the name."""
