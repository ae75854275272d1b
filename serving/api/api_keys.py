"""API keys: shown once, stored as keyed hashes in a file that only its owner can read."""

import hmac
import json
import secrets
import stat
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Literal, get_args

from filelock import FileLock
from itsdangerous import BadData, URLSafeTimedSerializer

from data import calendar
from data.files.atomic import atomic_write

Scope = Literal["read", "predict", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""Each scope includes those before it."""
PREFIX = "cp"
SESSION_SECONDS = 12 * 3600


@dataclass(frozen=True)
class Key:
    """A stored key: its salted hash, never the key itself."""

    id: str
    name: str
    scope: Scope
    salt: str
    digest: str
    created_at: str

    def allows(self, scope: Scope) -> bool:
        """Return whether the key's scope includes another."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


NOBODY = Key("", "", "read", "00" * 16, "", "")
"""Compared in place of an unknown key, so that the response time does not reveal which ids exist."""


@dataclass(frozen=True)
class Keyring:
    """Every key by id, and the secret that signs sessions of the pages."""

    keys: dict[str, Key]
    session_secret: str

    def check(self, presented: str) -> Key | None:
        """Return the key that a client presents, or None where it is not valid."""
        parts = presented.split("_", 2)
        number, secret = (parts[1], parts[2]) if len(parts) == 3 and parts[0] == PREFIX else ("", "")
        key = self.keys.get(number, NOBODY)
        same = hmac.compare_digest(_digest(secret, key.salt), key.digest)
        return key if same and key is not NOBODY else None

    def open_session(self, key: Key) -> str:
        """Return a signed session cookie of a key, valid for SESSION_SECONDS."""
        return str(self._signer().dumps(key.id))

    def session(self, cookie: str) -> Key | None:
        """Return the key of a session cookie; None where it is forged, expired, or of a revoked key."""
        try:
            return self.keys.get(str(self._signer().loads(cookie, max_age=SESSION_SECONDS)))
        except BadData:
            return None

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.session_secret, salt="chokepoint.session")


def read_keys(path: Path) -> Keyring | None:
    """Return the stored keys, or None where none were ever created.

    Raises:
        PermissionError: Others than the owner may read the file.
    """
    if not path.exists():
        return None
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise PermissionError(
            f"{path}: mode is {mode:o}, expected 600; others may have read it: run `chmod 600 {path}`"
        )
    stored = json.loads(path.read_text())
    return Keyring({key["id"]: Key(**key) for key in stored["keys"]}, stored["session_secret"])


def create_key(path: Path, name: str, scope: Scope) -> tuple[Key, str]:
    """Add a key and return it as stored, with the secret, which cannot be shown again."""
    number, secret, salt = secrets.token_hex(6), secrets.token_urlsafe(32), secrets.token_hex(16)
    moment = calendar.now().isoformat(timespec="seconds")
    key = Key(number, name, scope, salt, _digest(secret, salt), moment)
    with _writing(path):
        ring = read_keys(path) or Keyring({}, secrets.token_urlsafe(32))
        _write(path, Keyring(ring.keys | {number: key}, ring.session_secret))
    return key, f"{PREFIX}_{number}_{secret}"


def revoke_key(path: Path, number: str) -> Key:
    """Remove a key, which running services refuse from the next request on.

    Raises:
        LookupError: No key has the id.
    """
    with _writing(path):
        ring = read_keys(path)
        if ring is None or number not in ring.keys:
            known = ", ".join(ring.keys) if ring and ring.keys else "none"
            raise LookupError(f"no key has the id {number!r}; known are: {known}")
        _write(path, Keyring({i: k for i, k in ring.keys.items() if i != number}, ring.session_secret))
        return ring.keys[number]


def _digest(secret: str, salt: str) -> str:
    # The secret has 256 random bits: no slow hash is needed against guessing, the salt keeps digests apart.
    return blake2b(secret.encode(), key=bytes.fromhex(salt), digest_size=32).hexdigest()


def _writing(path: Path) -> FileLock:
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path.with_suffix(".lock"), timeout=10)


def _write(path: Path, ring: Keyring) -> None:
    content = {"keys": [asdict(key) for key in ring.keys.values()], "session_secret": ring.session_secret}
    atomic_write(path, lambda draft: draft.write_text(json.dumps(content, indent=1)), mode=0o600)
