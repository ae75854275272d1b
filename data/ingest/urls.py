"""Publishers' URLs: mirrors, and URLs without credentials."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_SECRET = re.compile(
    r"key|token|secret|sig|pass|pwd|auth|cred|session|e-?mail|user|login|^x-amz-|^x-goog-", re.IGNORECASE
)
"""Names of query parameters that identify who asks, among them those of object stores' signed URLs."""


def mirrored(url: str, mirrors: dict[str, str]) -> str:
    """Return the URL with a publisher's host replaced by its mirror, such as {"ucdp.uu.se": "http://host/ucdp"}."""
    parts = urlsplit(url)
    base = mirrors.get(parts.netloc)
    if base is None:
        return url
    return base.rstrip("/") + urlunsplit(("", "", parts.path, parts.query, ""))


def without_secrets(url: str) -> str:
    """Return the URL without user, password and the query parameters that carry credentials."""
    parts = urlsplit(url)
    query = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _SECRET.search(name)
    ]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, urlencode(query, safe=":|,*"), ""))
