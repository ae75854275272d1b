"""ACLED's API of 2025: a token for email and password, then rows page by page.

Documented at https://acleddata.com/api-documentation/getting-started. A token lasts a day; there is a
next page as long as one has as many rows as requested.
"""

from typing import Any
from urllib.parse import urlencode

import pandas as pd

from data.sources.shared.pages import is_pages, read_json, read_pages
from data.sources.shared.reading import read_table
from data.sources.shared.source import Download, Publisher, SourceError

TOKEN = "https://acleddata.com/oauth/token"  # noqa: S105 - an address
PAGE_ROWS = 5000


def sign_in(publisher: Publisher) -> dict[str, str]:
    """Return the request header with a token, in exchange for email and password."""
    account = {"username": publisher.secret("acled_email"), "password": publisher.secret("acled_password")}
    form = account | {"grant_type": "password", "client_id": "acled"}
    response = read_json(publisher.post(TOKEN, form), f"acled: {TOKEN}")
    if not isinstance(response, dict) or not response.get("access_token"):
        raise SourceError(f"acled: {TOKEN}: expected an access_token, got none; check the account at acleddata.com")
    return {"Authorization": f"Bearer {response['access_token']}"}


def download(endpoint: str, query: dict[str, str], filename: str) -> Download:
    """Return the download of all pages of a query."""
    url = f"{endpoint}?{urlencode({'_format': 'json', **query, 'limit': str(PAGE_ROWS)})}&page="

    def pager(number: int, raw: bytes) -> tuple[int, str | None]:
        rows = len(_rows(read_json(raw, "the page"), "the page"))
        return rows, f"{url}{number + 1}" if rows >= PAGE_ROWS else None

    return Download(f"{url}1", filename, pager=pager)


def read(raw: bytes, filename: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the named columns, as text, of packed pages or of the website's CSV export."""
    if not is_pages(raw):
        return read_table(raw, filename, required=required, optional=optional)
    rows = [row for page in read_pages(raw, filename) for row in _rows(page, filename)]
    frame = pd.DataFrame(rows, index=range(1, len(rows) + 1))
    missing = [column for column in required if column not in frame]
    if missing and rows:
        found = ", ".join(map(str, frame.columns[:12]))
        raise SourceError(f"{filename}: column {missing[0]!r} is missing; found {found}; is this another release?")
    return frame[[column for column in frame if column in {*required, *optional}]].astype("str")


def _rows(page: Any, filename: str) -> list[dict[str, Any]]:
    if not isinstance(page, dict) or not isinstance(page.get("data"), list):
        raise SourceError(
            f"{filename}: expected status, count and data, got {str(page)[:80]}; is this another release?"
        )
    rows: list[dict[str, Any]] = page["data"]
    return rows
