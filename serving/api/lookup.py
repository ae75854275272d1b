"""What a request names: its publication, its capital, its origin; errors name the nearest that exist."""

from difflib import get_close_matches
from typing import Annotated

import pandas as pd
from fastapi import Depends, Path, Request

from data import calendar
from serving.api.errors import ApiError
from serving.store import ServedPublication, Store


async def current_publication(request: Request) -> ServedPublication:
    """Return the publication this request is answered from; 503 with the reason while none is loaded.

    Like every dependency that waits for nothing it is a coroutine: FastAPI hands others to a thread, which takes longer
    than they do.
    """
    served = request.state.served
    if isinstance(served, ServedPublication):
        return served
    store: Store = request.app.state.store
    raise ApiError(503, "not_ready", f"nothing to serve yet: {store.not_ready_reason}")


Iso3 = Annotated[str, Path(description="ISO3 code of the state, such as MLI.", max_length=60)]
CurrentPublication = Annotated[ServedPublication, Depends(current_publication)]


def require_capital(served: ServedPublication, code: str, field: str = "iso3") -> str:
    """Return the ISO3 code in capitals; 404 naming the nearest codes and countries where it is unknown."""
    iso3 = code.strip().upper()
    if iso3 in served.capitals.index:
        return iso3
    raise ApiError(404, "unknown_country", _unknown(served, code), {field: "is not the ISO3 code of a state"})


def _unknown(served: ServedPublication, code: str) -> str:
    if code.strip().upper() in served.panel.iso3:
        return (
            f"{code.strip().upper()} is a territory, and only states are forecast; the codes are listed at /v1/capitals"
        )
    countries = served.capitals["country"].to_dict()
    by_name = {name.casefold(): iso3 for iso3, name in countries.items()}
    by_name |= {name.casefold(): iso3 for iso3, name in served.capitals["capital"].to_dict().items()}
    asked = code.strip()[:60]
    close = [by_name[n] for n in get_close_matches(asked.casefold(), by_name, 3, 0.6)]
    close += get_close_matches(asked.upper(), list(countries), 3, 0.5)
    nearest = ", ".join(f"{iso3} ({countries[iso3]})" for iso3 in list(dict.fromkeys(close))[:4])
    hint = f"the nearest are {nearest}" if nearest else "codes have three letters, such as MLI"
    return f"no capital has the code {asked!r}; {hint}; all are listed at /v1/capitals"


def require_regions(served: ServedPublication, names: list[str]) -> list[str]:
    """Return regions as they are spelled in /v1/capitals; 404 naming all of them where one is unknown."""
    known = {str(region).casefold(): str(region) for region in served.capitals["region"].unique()}
    for name in names:
        if name.casefold() not in known:
            listed = ", ".join(sorted(known.values()))
            message = f"no region is called {name[:60]!r}; the regions are {listed}"
            raise ApiError(404, "unknown_region", message, {"region": "is not a region"})
    return [known[name.casefold()] for name in names]


def within(origins: list[pd.Timestamp], since: str | None, until: str | None) -> list[pd.Timestamp]:
    """Return the origins of a span, both ends included; 422 where it runs backwards, 404 where it holds none."""
    if not origins:
        message = "nothing was forecast at any origin, so that a span holds none"
        raise ApiError(404, "unknown_origin", message, {"from" if since is not None else "to": "holds no origin"})
    first = parse_origin(since, "from") if since is not None else min(origins)
    last = parse_origin(until, "to") if until is not None else max(origins)
    if since is not None and until is not None and first > last:
        raise ApiError(422, "invalid_request", f"from {since} lies after to {until}", {"from": "lies after `to`"})
    held = [origin for origin in origins if first <= origin <= last]
    if not held:
        message = (
            f"no origin between {first:%Y-%m} and {last:%Y-%m}; there are {min(origins):%Y-%m} to {max(origins):%Y-%m}"
        )
        raise ApiError(404, "unknown_origin", message, {"from" if since is not None else "to": "holds no origin"})
    return held


def parse_origin(text: str, field: str = "origin") -> pd.Timestamp:
    """Read an origin such as 2026-10; 422 naming the field otherwise."""
    try:
        return calendar.parse_month(text)
    except ValueError as error:
        raise ApiError(422, "invalid_request", f"{field}: {error}", {field: str(error)}) from error


def require_published(served: ServedPublication, text: str | None, field: str = "origin") -> pd.Timestamp:
    """Return a published origin, the newest by default; 404 naming the range where none was published for it."""
    if text is None:
        return served.newest_origin
    origin = parse_origin(text, field)
    if origin not in served.forecasts:
        first = min(served.forecasts)
        message = (
            f"no forecast is published for origin {text}; published are {first:%Y-%m} to {served.newest_origin:%Y-%m}"
        )
        raise ApiError(404, "unknown_origin", message, {field: "is not a published origin"})
    return origin


def require_known(served: ServedPublication, text: str | None, field: str = "origin") -> pd.Timestamp:
    """Return an origin inside the panel, the newest published one by default; 404 naming the range otherwise."""
    if text is None:
        return served.newest_origin
    origin = parse_origin(text, field)
    last = calendar.month_at(served.panel.last)
    if not calendar.FIRST_MONTH <= origin <= last:
        message = f"origin {text} is outside the panel; choose one from {calendar.FIRST_MONTH:%Y-%m} to {last:%Y-%m}"
        raise ApiError(404, "unknown_origin", message, {field: "is outside the panel"})
    return origin
