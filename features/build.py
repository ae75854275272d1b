"""The feature table of any origins, by the one path that training and serving share."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from data.panel.panel import Panel
from data.panel.view import as_of
from features.base import Columns, Feature, Group
from features.freshness import flags
from features.registry import groups

KEYS = ["origin", "iso3", "flags"]
"""Columns before the features: `flags` are those of `features.freshness`."""


def build(panel: Panel, origins: Iterable[pd.Timestamp]) -> pd.DataFrame:
    """Return one row per origin and unit that exists then: `KEYS`, then float32 features in the registry's order.

    Every origin is computed on its own from the panel as known at it (`as_of`), so that a row does not depend on which
    other origins are asked for.

    Raises:
        ValueError: no origin is given, or a group computes other features than it declares.
    """
    rows = [build_one(panel, origin) for origin in origins]
    if not rows:
        raise ValueError("no origin given: pass at least one month inside the panel")
    return pd.concat(rows, ignore_index=True)


def build_one(panel: Panel, origin: pd.Timestamp) -> pd.DataFrame:
    """Return the feature rows of one origin."""
    view = as_of(panel, origin)
    columns: Columns = {}
    for group in groups():
        computed = group.compute(view)
        if set(computed) != set(group.features):
            raise ValueError(
                f"feature group {group.name}: {sorted(set(computed) ^ set(group.features))} computed or declared, not both; "
                "declare every feature it computes, and no other"
            )
        columns |= {name: computed[name].astype(np.float32, copy=False) for name in group.features}
    frame = pd.DataFrame(columns)
    frame.insert(0, "flags", flags(view).to_numpy())
    frame.insert(0, "iso3", panel.units["iso3"].to_numpy())
    frame.insert(0, "origin", view.origin)
    return frame[panel.members(origin)].reset_index(drop=True)


def feature_names() -> list[str]:
    """Return the name of every feature, in the order of the columns."""
    return [name for group in groups() for name in group.features]


def features_by_name() -> dict[str, Feature]:
    """Return every feature's declaration, in the order of the columns."""
    return {name: feature for group in groups() for name, feature in group.features.items()}


def group_of() -> dict[str, Group]:
    """Return the group of each feature, by the feature's name."""
    return {name: group for group in groups() for name in group.features}
