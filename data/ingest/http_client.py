"""The one way to a publisher's server: polite, patient, resuming what broke off, and silent about credentials.

Requests go through requests and urllib3's Retry: timeouts, backoff with jitter on 429, 5xx and broken connections,
`Retry-After` honoured. A download that breaks off stays in <home>/downloads as `.part` and is resumed with
`Range` and `If-Range` (RFC 9110, 13.1.5 and 14.2), by the next try or the next run.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from data.ingest.http_errors import FetchError, describe_failure, refusal
from data.ingest.urls import mirrored, without_secrets
from data.settings import Settings
from data.sources.shared.reading import pack_pages
from data.sources.shared.source import Download, Source, SourceError

AGENT = "Mozilla/5.0 (compatible; chokepoint/0.1; early warning for capitals)"
"""Names the project; UCDP's firewall was seen to refuse agents that do not begin like a browser's."""
RETRIED = (429, 500, 502, 503, 504)
LONGEST_WAIT = 300
"""Seconds; a publisher that asks for a longer `Retry-After` is left for the next run."""
_CHUNK = 1 << 18
_DOCUMENT = 1 << 28
"""Bytes above which a list or page is not what it should be; GDELT's master list has 1.2e8."""
_last_request: dict[str, float] = {}


class _WithoutQueries(logging.Filter):
    """Signed addresses that a publisher redirects to stay out of urllib3's log."""

    def filter(self, record: logging.LogRecord) -> bool:
        arguments = record.args if isinstance(record.args, tuple) else ()
        record.args = tuple(a.partition("?")[0] if isinstance(a, str) else a for a in arguments)
        return True


for _name in ("urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_WithoutQueries())

T = TypeVar("T")
Bytes = Callable[[int, int], None]
"""Told of bytes arrived and bytes expected (0 where the publisher does not say)."""


@dataclass(frozen=True)
class Validators:
    """What the publisher calls the version it sent; sent back to ask whether there is a newer one."""

    etag: str = ""
    last_modified: str = ""

    @property
    def strong(self) -> str:
        """Validator that vouches for every byte, as resuming needs; empty where there is none."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified

    def conditions(self) -> dict[str, str]:
        """Return the headers that ask for the file only if it has changed."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


@dataclass(frozen=True)
class DownloadedFile:
    """A file as it came; `raw` is None where the publisher says it has not changed."""

    raw: bytes | None
    url: str
    validators: Validators


class Client:
    """Requests on behalf of one source."""

    def __init__(self, source: Source, settings: Settings, sign_in: Callable[[], dict[str, str]] | None = None) -> None:
        self.source = source
        self._settings = settings
        self._sign_in = sign_in
        self._signed: dict[str, str] | None = None
        self._session = requests.Session()
        self._session.headers["User-Agent"] = AGENT
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry_policy(settings)))

    def read(self, url: str, tail: int = 0) -> bytes:
        """Return a small document, or its last `tail` bytes where the server can give a part."""
        headers = {"Range": f"bytes=-{tail}"} if tail else {}
        return self._persist(url, lambda: self._body(self._get(url, headers), url))

    def post(self, url: str, form: dict[str, str]) -> bytes:
        """Send a form, such as a password for a token."""
        return self._persist(url, lambda: self._body(self._answer("POST", url, {}, form), url))

    def peek(self, url: str, length: int) -> tuple[bytes, str]:
        """Return the first bytes of a file and, where it has moved for good, the new address; then hang up."""
        with self._get(url, {}) as response:
            head: bytes = response.raw.read(length, decode_content=True)
        self._refuse_page(head, url)
        moved = any(step.status_code in (301, 308) for step in response.history)
        return head, without_secrets(response.url) if moved else ""

    def download(self, wanted: Download, known: Validators, arrived: Bytes = lambda _got, _of: None) -> DownloadedFile:
        """Fetch one file, or say that it is still the known one; raise FetchError where it is not whole."""
        if wanted.pager is not None:
            return DownloadedFile(
                self._pages(wanted), without_secrets(mirrored(wanted.url, self._settings.mirrors)), Validators()
            )
        part = self._settings.downloads / f"{hashlib.sha256(wanted.url.encode()).hexdigest()[:24]}.part"
        part.parent.mkdir(parents=True, exist_ok=True)
        mark = self._persist(wanted.url, lambda: self._resume(wanted, part, known, arrived))
        raw = part.read_bytes() if mark is not None else None
        part.unlink(missing_ok=True)
        part.with_suffix(".json").unlink(missing_ok=True)
        if raw is not None:
            self._refuse_page(raw, wanted.url)
            self._hold_to_list(wanted, raw)
        return DownloadedFile(raw, without_secrets(mirrored(wanted.url, self._settings.mirrors)), mark or known)

    def error(self, url: str, expected: str, got: str, remedy: str) -> FetchError:
        """Say what went wrong in one line that holds no secret."""
        address = without_secrets(mirrored(url, self._settings.mirrors))
        return FetchError(f"{self.source.name}: {address}: expected {expected}, got {got}; {remedy}")

    def _resume(self, wanted: Download, part: Path, known: Validators, arrived: Bytes) -> Validators | None:
        """Bring the part to its full length; None where the publisher still has the known version."""
        begun = _begun(part)
        have = part.stat().st_size if begun.strong else 0
        headers = {"Range": f"bytes={have}-", "If-Range": begun.strong} if have else known.conditions()
        with self._get(wanted.url, headers | {"Accept-Encoding": "identity"}, accepted=(304, 416)) as response:
            if response.status_code == 304:
                return None
            if response.status_code == 416:
                part.unlink(missing_ok=True)
                return self._resume(wanted, part, known, arrived)
            if response.status_code != 206 or not response.headers.get("Content-Range", "").startswith(
                f"bytes {have}-"
            ):
                have = 0
            mark = Validators(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
            # A packed body counts other bytes than it sends, and cannot be gone on with.
            kept = Validators() if "Content-Encoding" in response.headers else mark
            part.with_suffix(".json").write_text(json.dumps(asdict(kept)))
            length = response.headers.get("Content-Length")
            of = have + int(length) if length else 0
            with part.open("ab" if have else "wb") as file:
                # read1 hands over what has come; the other readers drop a piece that breaks off.
                while chunk := response.raw.read1(_CHUNK, decode_content=True):
                    file.write(chunk)
                    file.flush()
                    have += len(chunk)
                    arrived(have, of)
        return mark

    def _pages(self, wanted: Download) -> bytes | None:
        """Read pages until the source says there are no more; None where the first one is empty."""
        if wanted.pager is None:
            raise TypeError("a file without pages")
        pages: list[bytes] = []
        following: str | None = wanted.url
        while following:
            url, page = following, self.read(following)
            try:
                rows, following = wanted.pager(len(pages) + 1, page)
            except SourceError as error:
                raise self.error(url, "a page of rows", str(error), self._by_hand()) from error
            if rows == 0 and not pages:
                return None
            pages.append(page)
        return pack_pages(pages)

    def _get(self, url: str, headers: dict[str, str], accepted: tuple[int, ...] = ()) -> requests.Response:
        return self._answer("GET", url, headers, None, accepted)

    def _answer(
        self, method: str, url: str, headers: dict[str, str], form: Any, accepted: tuple[int, ...] = ()
    ) -> requests.Response:
        response = self._send(method, url, headers, form)
        if response.status_code == 401 and method == "GET" and self._sign_in:
            # The token ran out between two pages.
            self._signed = None
            response = self._send(method, url, headers, form)
        if response.status_code >= 400 and response.status_code not in accepted:
            with response:
                raise self.error(url, "200 OK", *refusal(response, self.source))
        return response

    def _send(self, method: str, url: str, headers: dict[str, str], form: Any) -> requests.Response:
        if method == "GET" and self._sign_in and self._signed is None:
            self._signed = self._sign_in()
        address = mirrored(url, self._settings.mirrors)
        self._wait(address)
        seconds = self._settings.fetch_timeout
        signed = self._signed if method == "GET" and self._signed else {}
        try:
            return self._session.request(
                method, address, headers=headers | signed, data=form, timeout=(seconds, seconds), stream=True
            )
        except requests.RequestException as error:
            got = describe_failure(error, seconds)
            raise self.error(url, "an answer", got, "try again later; what has arrived is kept") from error

    def _persist(self, url: str, once: Callable[[], T]) -> T:
        """Do it again, with growing pauses, while the body breaks off on the way."""
        retry = retry_policy(self._settings)
        while True:
            try:
                return once()
            except HTTPError as error:
                try:
                    retry = retry.increment("GET", url, error=error)
                except HTTPError:
                    got = describe_failure(error, self._settings.fetch_timeout)
                    raise self.error(url, "the whole file", got, "try again; what has arrived is kept") from error
                retry.sleep()

    def _body(self, response: requests.Response, url: str) -> bytes:
        body = bytearray()
        with response:
            for chunk in response.raw.stream(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > _DOCUMENT:
                    raise self.error(url, f"at most {_DOCUMENT:,} bytes", "more", self._by_hand())
        return bytes(body)

    def _refuse_page(self, raw: bytes, url: str) -> None:
        if raw[:512].lstrip().lower().startswith((b"<!doctype html", b"<html")):
            raise self.error(url, "a data file", "a web page", self._by_hand())

    def _hold_to_list(self, wanted: Download, raw: bytes) -> None:
        """Compare with the size and checksum in the publisher's own list."""
        if wanted.bytes is not None and len(raw) != wanted.bytes:
            raise self.error(wanted.url, f"{wanted.bytes:,} bytes as listed", f"{len(raw):,}", "try again later")
        found = hashlib.md5(raw, usedforsecurity=False).hexdigest()
        if wanted.md5 and found != wanted.md5:
            raise self.error(wanted.url, f"md5 {wanted.md5} as listed", found, "try again later")

    def _by_hand(self) -> str:
        return f"look at {self.source.url}, download by hand and use `chokepoint ingest --from DIR`"

    def _wait(self, address: str) -> None:
        host = address.split("/")[2]
        pause = _last_request.get(host, -1e9) + self._settings.fetch_interval - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        _last_request[host] = time.monotonic()


def retry_policy(settings: Settings) -> urllib3.Retry:
    """Return how often a request is tried and how long is waited in between."""
    return urllib3.Retry(
        total=settings.fetch_attempts - 1,
        status_forcelist=RETRIED,
        allowed_methods=None,
        backoff_factor=settings.fetch_backoff,
        backoff_jitter=settings.fetch_backoff,
        retry_after_max=LONGEST_WAIT,
        raise_on_status=False,
    )


def _begun(part: Path) -> Validators:
    """Return the mark of the version whose first bytes lie there; empty where they cannot be gone on with."""
    try:
        return Validators(**json.loads(part.with_suffix(".json").read_text())) if part.exists() else Validators()
    except (FileNotFoundError, ValueError, TypeError):
        return Validators()
