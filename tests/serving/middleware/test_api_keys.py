import json
import stat
from pathlib import Path

import pytest

from serving.api.api_keys import create_key, read_keys, revoke_key


def test_a_key_is_accepted_once_made_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    key, secret = create_key(tmp_path / "keys.json", "newsroom", "predict")
    ring = read_keys(tmp_path / "keys.json")
    assert ring is not None
    assert ring.check(secret) == key
    assert secret.split("_", 2)[2] not in (tmp_path / "keys.json").read_text()
    assert len(secret.split("_", 2)[2]) == 43  # 32 random bytes, base64


@pytest.mark.parametrize(
    "changed",
    [lambda s: s[:-1] + ("A" if s[-1] != "A" else "B"), lambda s: "", lambda s: "cp_x", lambda s: "xx" + s[2:]],
)
def test_anything_else_is_not_accepted(tmp_path: Path, changed) -> None:  # type: ignore[no-untyped-def]
    _, secret = create_key(tmp_path / "keys.json", "newsroom", "read")
    ring = read_keys(tmp_path / "keys.json")
    assert ring is not None
    assert ring.check(changed(secret)) is None


def test_no_secret_opens_an_unknown_id(tmp_path: Path) -> None:
    create_key(tmp_path / "keys.json", "newsroom", "admin")
    ring = read_keys(tmp_path / "keys.json")
    assert ring is not None
    assert ring.check("cp_000000000000_") is None
    assert ring.check("cp__") is None


def test_the_file_is_its_owners_alone_and_is_refused_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_key(path, "newsroom", "read")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with pytest.raises(PermissionError, match="mode is 644, expected 600"):
        read_keys(path)


def test_scopes_include_those_before_them(tmp_path: Path) -> None:
    made = {scope: create_key(tmp_path / "keys.json", scope, scope)[0] for scope in ("read", "predict", "admin")}
    allowed = {s: [t for t in made if key.allows(t)] for s, key in made.items()}
    assert allowed == {"read": ["read"], "predict": ["read", "predict"], "admin": ["read", "predict", "admin"]}


def test_a_session_stands_for_its_key_until_that_is_revoked(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    key, _ = create_key(path, "analyst", "read")
    ring = read_keys(path)
    assert ring is not None
    cookie = ring.open_session(key)
    assert ring.session(cookie) == key
    # Not the last character, two bits of which the base64 of a signature leaves unused.
    assert ring.session(cookie[:-2] + ("A" if cookie[-2] != "A" else "B") + cookie[-1]) is None
    revoke_key(path, key.id)
    later = read_keys(path)
    assert later is not None
    assert later.session(cookie) is None


def test_revoking_an_unknown_key_names_the_known_ones(tmp_path: Path) -> None:
    key, _ = create_key(tmp_path / "keys.json", "analyst", "read")
    with pytest.raises(LookupError, match=f"no key has the id 'abc'; known are: {key.id}"):
        revoke_key(tmp_path / "keys.json", "abc")


def test_the_commands_make_list_and_revoke_a_key(tmp_path: Path, chokepoint) -> None:  # type: ignore[no-untyped-def]
    made = json.loads(chokepoint(tmp_path, "keys", "create", "newsroom", "--scope", "predict", "--json").out)
    listed = json.loads(chokepoint(tmp_path, "keys", "list", "--json").out)
    assert [(k["id"], k["name"], k["scope"]) for k in listed] == [(made["id"], "newsroom", "predict")]
    assert made["key"] not in chokepoint(tmp_path, "keys", "list").out
    assert "is revoked" in chokepoint(tmp_path, "keys", "revoke", made["id"]).out
    assert chokepoint(tmp_path, "keys", "create", "x", "--scope", "all").code == 1
