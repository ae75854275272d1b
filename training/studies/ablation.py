"""Ablation: the method with and without each group of features, on the same refits."""

from dataclasses import replace

from features.registry import groups
from training.dataset.rows import LabelledRows
from training.evaluation.paired_differences import Pair
from training.models.registry import CLIMATOLOGY
from training.studies.variants import Variant, unrestricted


def without(model: str, group: str) -> str:
    """Return the name of the method fitted without a group."""
    return f"{model} without {group}"


def variants(rows: LabelledRows, model: str) -> list[Variant]:
    """Return the unrestricted method, and one variant without each group of features.

    A hidden group is missing in the rows of the fit and of the forecast alike. A difference measures what a group adds to
    the others, not its value alone: of two redundant groups each looks dispensable.
    """
    ordinary = unrestricted(model, rows)
    hidden = [replace(ordinary, name=without(model, g.name), hidden=frozenset(g.features)) for g in groups()]
    return [*([unrestricted(CLIMATOLOGY, rows)] if model != CLIMATOLOGY else []), ordinary, *hidden]


def pairs(model: str) -> list[Pair]:
    """Return the comparisons: above 0 (below 0 for the log score), the group named in the reference adds skill."""
    return [(model, without(model, g.name)) for g in groups()]
