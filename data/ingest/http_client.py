"""Downloads from a publisher's server: conditional, resumable, paged, and verified against the publisher's list.

A download that breaks off stays in <home>/downloads as `.part` and is resumed with `Range` and `If-Range` (RFC 9110,
13.1.5 and 14.2), by the next try or the next run.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from data.ingest.http_errors import by_hand
from data.ingest.http_session import CHUNK, HttpSession
from data.ingest.urls import without_secrets
from data.settings import Settings
from data.sources.shared.pages import pack_pages
from data.sources.shared.source import Download, Pager, Source, SourceError

Arrived = Callable[[int, int], None]
"""Called with the bytes that have arrived and those expected (0 where the publisher gives no length)."""


@dataclass(frozen=True)
class Validators:
    """HTTP validators of a version of a file (RFC 9110, 8.8), sent back to ask whether there is a newer one."""

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
    """A downloaded file; `raw` is None where the publisher reports that it has not changed."""

    raw: bytes | None
    url: str
    validators: Validators


class Client:
    """Documents and downloads of one source."""

    def __init__(self, source: Source, settings: Settings, sign_in: Callable[[], dict[str, str]] | None = None) -> None:
        self._http = HttpSession(source, settings, sign_in)
        self._downloads = settings.downloads

    def read(self, url: str, tail: int = 0) -> bytes:
        """Return a small document, or its last `tail` bytes where the server can send a part."""
        headers = {"Range": f"bytes=-{tail}"} if tail else {}
        return self._http.retry(url, lambda: self._http.body(self._http.get(url, headers), url))

    def post(self, url: str, form: dict[str, str]) -> bytes:
        """Post a form, such as a password for a token, and return the response's body."""
        return self._http.retry(url, lambda: self._http.body(self._http.post(url, form), url))

    def peek(self, url: str, length: int) -> tuple[bytes, str]:
        """Return the first bytes of a file and, where it has moved permanently, the new address; then hang up."""
        with self._http.get(url, {}) as response:
            head: bytes = response.raw.read(length, decode_content=True)
        self._refuse_page(head, url)
        moved = any(step.status_code in (301, 308) for step in response.history)
        return head, without_secrets(response.url) if moved else ""

    def download(
        self, wanted: Download, known: Validators, arrived: Arrived = lambda _received, _total: None
    ) -> DownloadedFile:
        """Download one file, unless the publisher still has the known version.

        Args:
            wanted: The file, with the size and checksum in the publisher's list where it has them.
            known: Validators of the stored version; empty where there is none.
            arrived: Called as bytes arrive.

        Returns:
            The file, or one without bytes where it has not changed or its first page is empty.

        Raises:
            FetchError: The publisher refuses, the connection breaks off in every try, or the file is not as listed.
        """
        address = self._http.address(wanted.url)
        if wanted.pager is not None:
            return DownloadedFile(self._pages(wanted.url, wanted.pager), address, Validators())
        part = self._downloads / f"{hashlib.sha256(wanted.url.encode()).hexdigest()[:24]}.part"
        part.parent.mkdir(parents=True, exist_ok=True)
        validators = self._http.retry(wanted.url, lambda: self._resume(wanted, part, known, arrived))
        raw = part.read_bytes() if validators is not None else None
        part.unlink(missing_ok=True)
        part.with_suffix(".json").unlink(missing_ok=True)
        if raw is not None:
            self._refuse_page(raw, wanted.url)
            self._verify(wanted, raw)
        return DownloadedFile(raw, address, validators or known)

    def _resume(self, wanted: Download, part: Path, known: Validators, arrived: Arrived) -> Validators | None:
        """Download what the partial file lacks; return None where the publisher still has the known version."""
        begun = _begun(part)
        have = part.stat().st_size if begun.strong else 0
        headers = {"Range": f"bytes={have}-", "If-Range": begun.strong} if have else known.conditions()
        with self._http.get(wanted.url, headers | {"Accept-Encoding": "identity"}, accepted=(304, 416)) as response:
            if response.status_code == 304:
                return None
            if response.status_code == 416:
                part.unlink(missing_ok=True)
                return self._resume(wanted, part, known, arrived)
            if response.status_code != 206 or not response.headers.get("Content-Range", "").startswith(
                f"bytes {have}-"
            ):
                have = 0
            validators = Validators(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
            # A packed body counts other bytes than it sends, and cannot be resumed.
            resumable = Validators() if "Content-Encoding" in response.headers else validators
            part.with_suffix(".json").write_text(json.dumps(asdict(resumable)))
            length = response.headers.get("Content-Length")
            total = have + int(length) if length else 0
            with part.open("ab" if have else "wb") as file:
                # read1 hands over what has come; the other readers drop a piece that breaks off.
                while chunk := response.raw.read1(CHUNK, decode_content=True):
                    file.write(chunk)
                    file.flush()
                    have += len(chunk)
                    arrived(have, total)
        return validators

    def _pages(self, url: str, pager: Pager) -> bytes | None:
        """Return every page, packed; None where the first one is empty."""
        pages: list[bytes] = []
        following: str | None = url
        while following:
            address, page = following, self.read(following)
            try:
                rows, following = pager(len(pages) + 1, page)
            except SourceError as error:
                raise self._http.error(address, "a page of rows", str(error), by_hand(self._http.source)) from error
            if rows == 0 and not pages:
                return None
            pages.append(page)
        return pack_pages(pages)

    def _refuse_page(self, raw: bytes, url: str) -> None:
        if raw[:512].lstrip().lower().startswith((b"<!doctype html", b"<html")):
            raise self._http.error(url, "a data file", "a web page", by_hand(self._http.source))

    def _verify(self, wanted: Download, raw: bytes) -> None:
        """Raise FetchError where size or checksum are not those of the publisher's own list."""
        if wanted.bytes is not None and len(raw) != wanted.bytes:
            raise self._http.error(wanted.url, f"{wanted.bytes:,} bytes as listed", f"{len(raw):,}", "try again later")
        md5 = hashlib.md5(raw, usedforsecurity=False).hexdigest()
        if wanted.md5 and md5 != wanted.md5:
            raise self._http.error(wanted.url, f"md5 {wanted.md5} as listed", md5, "try again later")


def _begun(part: Path) -> Validators:
    """Return the validators of a partial download; empty where it cannot be resumed."""
    try:
        return Validators(**json.loads(part.with_suffix(".json").read_text())) if part.exists() else Validators()
    except (FileNotFoundError, ValueError, TypeError):
        return Validators()
