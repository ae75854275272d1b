"""What each group of features adds or costs: the method beside itself without the group, on the same refits."""

from dataclasses import replace

from features.registry import groups
from training.dataset.rows import LabelledRows
from training.evaluation.paired_differences import Pair
from training.studies.variants import Variant, whole

BASE_RATE = "climatology"
"""Brier skills are measured against it."""


def without(model: str, group: str) -> str:
    """Return what the method is called when it does not see a group."""
    return f"{model} without {group}"


def variants(rows: LabelledRows, model: str) -> list[Variant]:
    """Return the method as it is, and without each group of features in turn.

    A hidden group is unknown in the rows of the fit and of the forecast alike. What one group adds when the others are
    there says nothing of what it would be worth alone: two groups that tell the same story each look dispensable.
    """
    ordinary = whole(model, rows)
    hidden = [replace(ordinary, name=without(model, g.name), hidden=frozenset(g.features)) for g in groups()]
    return [*([whole(BASE_RATE, rows)] if model != BASE_RATE else []), ordinary, *hidden]


def pairs(model: str) -> list[Pair]:
    """Return the comparisons: above 0 (below 0 for the log score), the group named in the reference adds."""
    return [(model, without(model, g.name)) for g in groups()]
