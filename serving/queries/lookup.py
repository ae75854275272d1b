"""Capitals, regions and origins of a request; errors name the nearest that exist."""

from difflib import get_close_matches

import pandas as pd

from data import calendar
from serving.queries.errors import InvalidRequestError, UnknownCapitalError, UnknownOriginError, UnknownRegionError
from serving.served_publication import ServedPublication


def require_capital(served: ServedPublication, code: str, field: str = "iso3") -> str:
    """Return the ISO3 code of a forecast state in upper case.

    Args:
        served: The publication.
        code: ISO3 code in any case.
        field: Field of the request that the error names.

    Raises:
        UnknownCapitalError: The code is unknown or that of a territory; the message names the nearest codes.
    """
    iso3 = code.strip().upper()
    if iso3 in served.capitals.index:
        return iso3
    raise UnknownCapitalError(_nearest(served, code), {field: "is not the ISO3 code of a state"})


def _nearest(served: ServedPublication, code: str) -> str:
    if code.strip().upper() in served.panel.iso3:
        return (
            f"{code.strip().upper()} is a territory, and only states are forecast; the codes are listed at /v1/capitals"
        )
    countries = served.capitals["country"].to_dict()
    by_name = {name.casefold(): iso3 for iso3, name in countries.items()}
    by_name |= {name.casefold(): iso3 for iso3, name in served.capitals["capital"].to_dict().items()}
    text = code.strip()[:60]
    close = [by_name[n] for n in get_close_matches(text.casefold(), by_name, 3, 0.6)]
    close += get_close_matches(text.upper(), list(countries), 3, 0.5)
    nearest = ", ".join(f"{iso3} ({countries[iso3]})" for iso3 in list(dict.fromkeys(close))[:4])
    hint = f"the nearest are {nearest}" if nearest else "codes have three letters, such as MLI"
    return f"no capital has the code {text!r}; {hint}; all are listed at /v1/capitals"


def require_regions(served: ServedPublication, names: list[str]) -> list[str]:
    """Return regions as spelled in /v1/capitals.

    Raises:
        UnknownRegionError: One is unknown; the message lists all regions.
    """
    regions = {str(region).casefold(): str(region) for region in served.capitals["region"].unique()}
    for name in names:
        if name.casefold() not in regions:
            listed = ", ".join(sorted(regions.values()))
            message = f"no region is called {name[:60]!r}; the regions are {listed}"
            raise UnknownRegionError(message, {"region": "is not a region"})
    return [regions[name.casefold()] for name in names]


def parse_origin(text: str, field: str = "origin") -> pd.Timestamp:
    """Return an origin such as 2026-10 as a timestamp.

    Raises:
        InvalidRequestError: The text is no month; the message names the field.
    """
    try:
        return calendar.parse_month(text)
    except ValueError as error:
        raise InvalidRequestError(f"{field}: {error}", {field: str(error)}) from error


def require_published(served: ServedPublication, text: str | None, field: str = "origin") -> pd.Timestamp:
    """Return a published origin, the newest by default.

    Raises:
        InvalidRequestError: The text is no month.
        UnknownOriginError: No forecast is published for it; the message names the published range.
    """
    if text is None:
        return served.newest_origin
    origin = parse_origin(text, field)
    if origin not in served.forecasts:
        first = min(served.forecasts)
        message = (
            f"no forecast is published for origin {text}; published are {first:%Y-%m} to {served.newest_origin:%Y-%m}"
        )
        raise UnknownOriginError(message, {field: "is not a published origin"})
    return origin


def require_in_panel(served: ServedPublication, text: str | None, field: str = "origin") -> pd.Timestamp:
    """Return an origin inside the panel, the newest published one by default.

    Raises:
        InvalidRequestError: The text is no month.
        UnknownOriginError: It lies outside the panel; the message names the range.
    """
    if text is None:
        return served.newest_origin
    origin = parse_origin(text, field)
    last = calendar.month_at(served.panel.last)
    if not calendar.FIRST_MONTH <= origin <= last:
        message = f"origin {text} is outside the panel; choose one from {calendar.FIRST_MONTH:%Y-%m} to {last:%Y-%m}"
        raise UnknownOriginError(message, {field: "is outside the panel"})
    return origin


def require_member(served: ServedPublication, iso3: str, origin: pd.Timestamp, field: str = "origin") -> None:
    """Raise where a state is not in the panel yet at an origin.

    Raises:
        UnknownOriginError: The state entered the panel after the origin; the message names its first month.
    """
    joined = served.views.get_or_compute("member_from", served.capitals["member_from"].to_dict)[iso3]
    if origin < joined:
        message = f"{iso3} is in the panel from {joined:%Y-%m}; origin {origin:%Y-%m} is before that"
        raise UnknownOriginError(message, {field: message})


def select_span(origins: list[pd.Timestamp], since: str | None, until: str | None) -> list[pd.Timestamp]:
    """Return the origins of a span, both ends included.

    Args:
        origins: Origins to choose from.
        since: First origin, YYYY-MM; None for the first there is.
        until: Last origin, YYYY-MM; None for the last there is.

    Raises:
        InvalidRequestError: An end is no month, or the span runs backwards.
        UnknownOriginError: The span contains no origin.
    """
    empty = {"from" if since is not None else "to": "holds no origin"}
    if not origins:
        raise UnknownOriginError("nothing was forecast at any origin, so that a span holds none", empty)
    first = parse_origin(since, "from") if since is not None else min(origins)
    last = parse_origin(until, "to") if until is not None else max(origins)
    if since is not None and until is not None and first > last:
        raise InvalidRequestError(f"from {since} lies after to {until}", {"from": "lies after `to`"})
    inside = [origin for origin in origins if first <= origin <= last]
    if not inside:
        message = (
            f"no origin between {first:%Y-%m} and {last:%Y-%m}; there are {min(origins):%Y-%m} to {max(origins):%Y-%m}"
        )
        raise UnknownOriginError(message, empty)
    return inside
