"""HTTP requests to publishers: spaced out, retried with backoff, signed in, and silent about credentials.

Requests go through requests and urllib3's Retry: timeouts, exponential backoff with jitter on 429, 5xx and broken
connections, `Retry-After` honoured.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from data.ingest.http_errors import FetchError, by_hand, describe_failure, refusal
from data.ingest.urls import mirrored, without_secrets
from data.settings import Settings
from data.sources.shared.source import Source

AGENT = "Mozilla/5.0 (compatible; chokepoint/0.1; early warning for capitals)"
"""Names the project; UCDP's firewall was seen to refuse agents that do not begin like a browser's."""
RETRIED = (429, 500, 502, 503, 504)
"""Status codes after which a request is tried again."""
LONGEST_WAIT = 300
"""Seconds; a publisher that asks for a longer `Retry-After` is left for the next run."""
CHUNK = 1 << 18
"""Bytes read at once."""
_DOCUMENT = 1 << 28
"""Bytes above which a list or page is not what it should be; GDELT's master list has 1.2e8."""
_last_request: dict[str, float] = {}
T = TypeVar("T")


class _WithoutQueries(logging.Filter):
    """Signed addresses that a publisher redirects to stay out of urllib3's log."""

    def filter(self, record: logging.LogRecord) -> bool:
        arguments = record.args if isinstance(record.args, tuple) else ()
        record.args = tuple(a.partition("?")[0] if isinstance(a, str) else a for a in arguments)
        return True


for _name in ("urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_WithoutQueries())


class HttpSession:
    """Requests on behalf of one source."""

    def __init__(self, source: Source, settings: Settings, sign_in: Callable[[], dict[str, str]] | None = None) -> None:
        self.source = source
        self.settings = settings
        self._sign_in = sign_in
        self._signed: dict[str, str] | None = None
        self._session = requests.Session()
        self._session.headers["User-Agent"] = AGENT
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry_policy(settings)))

    def get(self, url: str, headers: dict[str, str], accepted: tuple[int, ...] = ()) -> requests.Response:
        """Send a GET request, signed in anew where the token has expired between two pages.

        Args:
            url: The publisher's address.
            headers: Request headers.
            accepted: Statuses of 400 and above that are no error.

        Raises:
            FetchError: The publisher refuses, or the connection fails in every try.
        """
        response = self._send("GET", url, headers, None)
        if response.status_code == 401 and self._sign_in:
            self._signed = None
            response = self._send("GET", url, headers, None)
        return self._checked(response, url, accepted)

    def post(self, url: str, form: dict[str, str]) -> requests.Response:
        """Post a form without signing in; raise FetchError where the publisher refuses or the connection fails."""
        return self._checked(self._send("POST", url, {}, form), url)

    def retry(self, url: str, once: Callable[[], T]) -> T:
        """Call `once` again, with growing pauses, while the response's body breaks off on the way."""
        policy = retry_policy(self.settings)
        while True:
            try:
                return once()
            except HTTPError as error:
                try:
                    policy = policy.increment("GET", url, error=error)
                except HTTPError:
                    got = describe_failure(error, self.settings.fetch_timeout)
                    raise self.error(url, "the whole file", got, "try again; the download is resumed") from error
                policy.sleep()

    def body(self, response: requests.Response, url: str) -> bytes:
        """Return the body of a document; raise FetchError where it is longer than any list or page."""
        body = bytearray()
        with response:
            for chunk in response.raw.stream(CHUNK, decode_content=True):
                body += chunk
                if len(body) > _DOCUMENT:
                    raise self.error(url, f"at most {_DOCUMENT:,} bytes", "more", by_hand(self.source))
        return bytes(body)

    def address(self, url: str) -> str:
        """Return the URL that is requested, a mirror's where there is one, without secrets."""
        return without_secrets(mirrored(url, self.settings.mirrors))

    def error(self, url: str, expected: str, got: str, remedy: str) -> FetchError:
        """Return an error of one line that holds no secret."""
        return FetchError(f"{self.source.name}: {self.address(url)}: expected {expected}, got {got}; {remedy}")

    def _checked(self, response: requests.Response, url: str, accepted: tuple[int, ...] = ()) -> requests.Response:
        if response.status_code >= 400 and response.status_code not in accepted:
            with response:
                raise self.error(url, "200 OK", *refusal(response, self.source))
        return response

    def _send(self, method: str, url: str, headers: dict[str, str], form: dict[str, str] | None) -> requests.Response:
        if method == "GET" and self._sign_in and self._signed is None:
            self._signed = self._sign_in()
        address = mirrored(url, self.settings.mirrors)
        self._wait(address)
        seconds = self.settings.fetch_timeout
        signed = self._signed if method == "GET" and self._signed else {}
        try:
            return self._session.request(
                method, address, headers=headers | signed, data=form, timeout=(seconds, seconds), stream=True
            )
        except requests.RequestException as error:
            got = describe_failure(error, seconds)
            raise self.error(url, "a response", got, "try again later; the download is resumed") from error

    def _wait(self, address: str) -> None:
        host = address.split("/")[2]
        pause = _last_request.get(host, -1e9) + self.settings.fetch_interval - time.monotonic()
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
