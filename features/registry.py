"""Finds the feature groups: every module in `features/groups` with a GROUP."""

import importlib
import pkgutil
from functools import cache

import features.groups
from features.base import Group


@cache
def groups() -> tuple[Group, ...]:
    """Return every feature group in the order of their names; two groups may not make the same feature."""
    found = [
        importlib.import_module(f"features.groups.{module.name}").GROUP
        for module in sorted(pkgutil.iter_modules(features.groups.__path__), key=lambda m: m.name)
    ]
    seen: dict[str, str] = {}
    for group in found:
        for name in group.features:
            if name in seen:
                raise ValueError(f"feature {name} is made by {seen[name]} and {group.name}; rename one")
            seen[name] = group.name
    return tuple(found)
