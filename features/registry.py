"""Registry of feature groups: every module of `features/groups` declares one as `GROUP`."""

import importlib
import pkgutil
from functools import cache

import features.groups
from features.base import Group


@cache
def groups() -> tuple[Group, ...]:
    """Return every feature group, ordered by module name, which is the order of the columns.

    Raises:
        ValueError: two groups declare a feature of the same name.
    """
    registered = [
        importlib.import_module(f"features.groups.{module.name}").GROUP
        for module in sorted(pkgutil.iter_modules(features.groups.__path__), key=lambda m: m.name)
    ]
    owner: dict[str, str] = {}
    for group in registered:
        for name in group.features:
            if name in owner:
                raise ValueError(f"feature {name} is declared by {owner[name]} and {group.name}; rename one")
            owner[name] = group.name
    return tuple(registered)
