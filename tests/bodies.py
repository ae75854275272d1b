"""Bodies that no client should send, the same for a seed: valid ones bent, structures of wrong kinds, and plain noise."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from features.build import feature_names
from serving.schemas.scenario_changes import EXAMPLES

JSON = "application/json"
KINDS = (JSON, JSON, JSON, JSON, "application/problem+json", "text/plain", "application/x-www-form-urlencoded", "")
SCALARS = (None, True, False, 0, -1, 1, 2**63, -(2**70), 0.5, 1e308, float("nan"), float("inf"), "", "MLI", "2026-10")
STRINGS = ("\x00", "\ud800", "ＭＬＩ", "é" * 300, "'; drop table", "../../etc/passwd", "2026-13", "9999-12", "0001-01")


@dataclass(frozen=True)
class Sent:
    """One request: where to, what its Content-Type says, and its body."""

    path: str
    kind: str
    body: bytes


def bodies(count: int, seed: int) -> Iterator[Sent]:
    """Give so many requests to the routes that take a body."""
    chance = Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(count):
        path = chance.choice(("/v1/predict", "/v1/scenarios"))
        content = chance.choice((_valid, _valid, _structure))(chance, path)
        text = json.dumps(content, ensure_ascii=chance.random() < 0.7).encode("utf-8", "surrogatepass")
        bend = chance.choice((_whole, _whole, _cut, _flipped, _noise, _nested))
        yield Sent(path, chance.choice(KINDS), bend(chance, text))


def _valid(chance: Random, path: str) -> Any:
    """Return a request as it should be, with one value in three replaced by another."""
    if path == "/v1/scenarios":
        typed: list[Any] = [{"kind": "fighting", "deaths": 20}, {"kind": "coup"}, {"kind": "price", "percent": 50}]
        whole: dict[str, Any] = {"iso3": "MLI", "origin": "2026-10", "changes": [chance.choice((*EXAMPLES, *typed))]}
        whole["changes"] = [_bent(chance, change) for change in whole["changes"]] * chance.choice((1, 1, 2, 30))
    else:
        features = {name: chance.uniform(-5, 50) for name in chance.sample(feature_names(), 3)}
        row = {"iso3": chance.choice(("MLI", "BFA", "HKG")), "origin": "2025-08", "features": features}
        whole = {"rows": [_bent(chance, row) for _ in range(chance.choice((1, 1, 3, 50)))]}
    return _bent(chance, whole) if chance.random() < 0.3 else whole


def _bent(chance: Random, value: Any) -> Any:
    if isinstance(value, dict):
        bent = {name: _bent(chance, inner) for name, inner in value.items() if chance.random() > 0.1}
        return bent | ({chance.choice(STRINGS): _structure(chance, "")} if chance.random() < 0.1 else {})
    return _structure(chance, "") if chance.random() < 0.3 else value


def _structure(chance: Random, path: str, depth: int = 0) -> Any:
    roll = chance.random()
    if depth > 4 or roll < 0.5:
        return chance.choice(SCALARS + STRINGS)
    parts = [_structure(chance, path, depth + 1) for _ in range(chance.randrange(4))]
    return (
        parts
        if roll < 0.75
        else {chance.choice(("rows", "iso3", "features", "changes", "kind", "x")): p for p in parts}
    )


def _whole(chance: Random, text: bytes) -> bytes:
    del chance
    return text


def _cut(chance: Random, text: bytes) -> bytes:
    return text[: chance.randrange(len(text) + 1)]


def _flipped(chance: Random, text: bytes) -> bytes:
    made = bytearray(text)
    for _ in range(chance.randrange(1, 4)):
        made[chance.randrange(len(made))] = chance.randrange(256)
    return bytes(made)


def _noise(chance: Random, text: bytes) -> bytes:
    return chance.randbytes(min(len(text), 200))


def _nested(chance: Random, text: bytes) -> bytes:
    depth = chance.choice((3, 50, 5000))
    return b"[" * depth + text + b"]" * depth
