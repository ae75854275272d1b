"""Pages of JSON interfaces, packed into one zip file as they arrived."""

import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

from data.sources.shared.source import SourceError


def pack_pages(pages: Sequence[bytes]) -> bytes:
    """Return an API's pages packed into a zip, which depends on nothing but their bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as draft:
        for number, page in enumerate(pages, 1):
            draft.writestr(zipfile.ZipInfo(f"page-{number:05}.json"), page, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def is_pages(raw: bytes) -> bool:
    """Return whether these are packed pages rather than a table."""
    return raw[:4] == b"PK\x03\x04" and raw[30:35] == b"page-"


def read_pages(raw: bytes, filename: str) -> list[Any]:
    """Return the JSON documents of packed pages, in order; raise SourceError where the file is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return [read_json(archive.read(name), f"{filename}: {name}") for name in sorted(archive.namelist())]
    except (EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise SourceError(f"{filename}: the archive is truncated or damaged ({error}); download it again") from error


def read_json(raw: bytes, filename: str) -> Any:
    """Return the content of a JSON document; raise SourceError where it is none."""
    try:
        return json.loads(raw)
    except ValueError as error:
        raise SourceError(f"{filename}: not JSON but {raw[:40]!r}; download it again") from error
