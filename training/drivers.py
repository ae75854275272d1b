"""Why a risk is what it is: exact contributions of the champion summed by theme, each with a plain sentence."""

import re

import numpy as np
import pandas as pd

from data.contracts import TARGETS
from features.build import feature_names, group_of
from training.forecast import states
from training.models.base import HazardModel

MONTH_AHEAD = 3
"""Contributions are those to the hazard of the third month ahead, in the middle of the reported horizons."""
TOP_GROUPS = 5
LOGGED = re.compile(r"ln\(1\+(?P<what>[^)]*)\)(?P<rest>.*)")
"""Features that are logarithms are told in the unit they count."""


def drivers(model: HazardModel, features: pd.DataFrame) -> pd.DataFrame:
    """Return the themes that raise or lower each risk most, strongest first, for targets that are calm.

    Columns origin, iso3, target, rank, group, label, contribution (log-odds against the average capital), sentence.
    """
    going_on = states(features)
    tables = []
    for target in TARGETS:
        calm = features[~going_on[target]]
        if len(calm):
            tables.append(_of_target(model, calm, target))
    columns = ["origin", "iso3", "target", "rank", "group", "label", "contribution", "sentence"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def _of_target(model: HazardModel, features: pd.DataFrame, target: str) -> pd.DataFrame:
    parts = model.contributions(features, target, MONTH_AHEAD)
    group = group_of()
    names = list(dict.fromkeys(g.name for g in group.values()))
    label = {g.name: g.label for g in group.values()}
    by_group = np.column_stack([parts[[f for f in feature_names() if group[f].name == n]].sum(axis=1) for n in names])
    order = np.argsort(-np.abs(by_group), axis=1)[:, :TOP_GROUPS]
    lines = []
    for i, (origin, iso3) in enumerate(zip(features["origin"], features["iso3"], strict=True)):
        for rank, place in enumerate(order[i], 1):
            contribution = float(by_group[i, place])
            lines.append(
                (
                    origin,
                    iso3,
                    target,
                    rank,
                    names[place],
                    label[names[place]],
                    contribution,
                    _sentence(features.iloc[i], parts.iloc[i], names[place], contribution),
                )
            )
    return pd.DataFrame(
        lines, columns=["origin", "iso3", "target", "rank", "group", "label", "contribution", "sentence"]
    )


def _sentence(features: pd.Series, parts: pd.Series, group: str, contribution: float) -> str:
    """Say how much a theme multiplies the odds and which feature does most of it, with its value."""
    owner = group_of()
    within = [f for f in feature_names() if owner[f].name == group]
    sign = 1 if contribution >= 0 else -1
    strongest = max(within, key=lambda f: sign * parts[f])
    measure = owner[strongest].features[strongest].split(":")[0].rstrip(".")
    value = float(features[strongest])
    logged = LOGGED.match(measure)
    if logged:
        measure, value = f"{logged['what']}{logged['rest']}", float(np.expm1(value))
    shown = "not reported" if not np.isfinite(value) else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"
    label = owner[strongest].label
    times = f"multiplies the odds by {np.exp(contribution):.2g}"
    return f"{label[0].upper()}{label[1:]} {times}; most of it: {measure[0].lower()}{measure[1:]} = {shown}."
