"""Abstention: a target is not forecast where the tables it needs have been missing for too long."""

from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.contracts.forecasts import PARTS, TARGETS
from data.tables.registry import panel_tables
from features.registry import groups

ABSTAINED = "abstained"


@cache
def needs(target: str) -> tuple[tuple[str, ...], ...]:
    """Return the groups of panel tables of each of which a target needs at least one.

    Fighting, and the attacks by which a capital is cut off, cannot be distinguished from calm without counts of violence.
    Strangulation does without prices, which few countries have; seizure without anything but coups. Disruption needs what
    its parts need: where one of them is unknown, so is their union. Slow or patchy tables (economy, regime, media, prices,
    corridors) only sharpen a forecast. Tables declare this (`PanelTable.needed_by`, `evidence`); one is missing once its
    newest month is older than `max_age_months`, and from then on its features are NaN.
    """
    parts = PARTS if target == "disruption" else (target,)
    needed = [table for part in parts for table in panel_tables().values() if part in table.needed_by]
    evidence = dict.fromkeys(table.evidence for table in needed)
    return tuple(tuple(t.name for t in panel_tables().values() if t.evidence == kind) for kind in evidence)


def abstained(flags: pd.Series) -> dict[str, npt.NDArray[np.bool_]]:
    """Return target -> mask of the rows whose flags list a needed group of tables as missing, shape (rows,)."""
    missing = {
        text: {w.partition(":")[2] for w in str(text).split() if w.startswith("missing:")} for text in flags.unique()
    }
    return {
        target: flags.map({text: lacks(needs(target), tables) for text, tables in missing.items()}).to_numpy(bool)
        for target in TARGETS
    }


def lacks(groups_needed: tuple[tuple[str, ...], ...], missing: set[str]) -> bool:
    """Return whether every table of some group is missing."""
    return any(missing.issuperset(alternatives) for alternatives in groups_needed)


def dependants(tables: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the labels of the feature groups that read one of these panel tables, and the targets that need one."""
    labels = [group.label for group in groups() if {*group.tables} & {*tables}]
    return labels, [target for target in (*PARTS, "disruption") if any({*need} & {*tables} for need in needs(target))]
