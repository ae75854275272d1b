"""The file of rules: read from TOML, checked, and refused with the name of the rule and the field."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from serving.alerts.rules import Rules

DEFAULT = Path(__file__).parent / "default.toml"


def read_rules(path: Path) -> Rules:
    """Read a file of rules; the default ones where there is none.

    Raises:
        ValueError: The file is not TOML, or a rule is invalid; the message names file, rule and field.
    """
    source = path if path.exists() else DEFAULT
    try:
        content = tomllib.loads(source.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{source} is no TOML: {error}; {DEFAULT.name} of serving/alerts shows the form") from error
    try:
        return Rules.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(_problem(dict(one), content) for one in error.errors(include_url=False))
        raise ValueError(f"{source}: {problems}") from error


def _problem(error: dict[str, Any], content: dict[str, Any]) -> str:
    """Return one error with its rule, by name or else by its place in the file, and its field."""
    place = [str(part) for part in error["loc"]]
    message = str(error["msg"]).removeprefix("Value error, ")
    if len(place) < 2 or not place[1].isdigit():
        return ": ".join([*place, message])
    table, number, *field = place
    entry = content[table][int(number)]
    name = entry.get("name", f"number {int(number) + 1}") if isinstance(entry, dict) else f"number {int(number) + 1}"
    fields = [part for part in field if part not in ("above", "rise", "top", "stale")]
    return ": ".join([f"{table} {name}", *([".".join(fields)] if fields else []), message])
