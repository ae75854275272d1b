"""When a target is not forecast at all: what it cannot do without has been missing for too long."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.contracts.forecasts import TARGETS
from features.registry import groups

VIOLENCE = ("countries", "rings")
COUPS = ("coups",)
NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "fighting": (VIOLENCE,),
    "strangulation": (VIOLENCE,),
    "seizure": (COUPS,),
    "disruption": (VIOLENCE, COUPS),
}
"""Of each group of panel tables a target needs one that is not missing.

Fighting, and the attacks by which a capital is cut off, cannot be told from calm without any count of violence.
Strangulation does without prices, which few countries have; seizure without anything but coups. Disruption is their
union: where a part of it cannot be told, neither can the whole. Slow or patchy tables (economy, regime, media, prices,
corridors) only sharpen a forecast. A table is missing once its newest month is older than `panel.MAX_AGE_MONTHS`: from
then on its features are NaN.
"""
ABSTAINED = "abstained"


def abstained(flags: pd.Series) -> dict[str, npt.NDArray[np.bool_]]:
    """Return, for each target, the rows whose flags say that something it needs is missing."""
    missing = {
        text: {w.partition(":")[2] for w in str(text).split() if w.startswith("missing:")} for text in flags.unique()
    }
    return {
        target: flags.map({text: lacks(NEEDS[target], tables) for text, tables in missing.items()}).to_numpy(bool)
        for target in TARGETS
    }


def lacks(needs: tuple[tuple[str, ...], ...], missing: set[str]) -> bool:
    """Tell whether every table of some need is missing."""
    return any(missing.issuperset(alternatives) for alternatives in needs)


def dependants(tables: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the labels of the feature groups that read one of these panel tables, and the targets that need one."""
    labels = [group.label for group in groups() if {*group.tables} & {*tables}]
    return labels, [t for t, needs in NEEDS.items() if any({*need} & {*tables} for need in needs)]
