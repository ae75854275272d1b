"""Drivers of a risk: exact additive contributions of the champion's features, summed by theme, each with a sentence.

Contributions are additive in ln(intensity) of each month. They are carried through the sum over months and to the log-odds by
secant slopes between the baseline and the row, so that they stay additive and exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.contracts.forecasts import TARGETS
from features.base import Feature, Unit
from features.build import feature_names, features_by_name, group_of
from training.forecasting.forecast import states
from training.models.base import Floats, HazardModel, risks, secant

PUBLISHED_HORIZON = 6
"""Horizon of the published drivers, in months."""
TOP_GROUPS = 5
HARDLY = 0.025
"""Log-odds below which a contribution is called negligible."""
ABOVE_ALL = ", above all "
"""Text between a theme's effect and its strongest feature."""


@dataclass(frozen=True)
class Explained:
    """Additive decomposition of log-odds: base + sum of contributions + coherence_adjustment = log_odds.

    Attributes:
        base: Log-odds at average features, shape (rows,).
        parts: Contribution of each feature, one column per feature, in log-odds.
        coherence_adjustment: Change by which a target's risk stays below that of disruption, shape (rows,); 0 for
            disruption but for rounding.
        log_odds: Log-odds of the risk, shape (rows,).
    """

    base: Floats
    parts: pd.DataFrame
    coherence_adjustment: Floats
    log_odds: Floats


def explain(model: HazardModel, features: pd.DataFrame, target: str, horizons: Sequence[int]) -> dict[int, Explained]:
    """Decompose the risks of one target into contributions of features.

    Args:
        model: Fitted model.
        features: Rows of `features.build.build`; rows in which the target is ongoing have no meaningful result.
        target: Target.
        horizons: Horizons in months.

    Returns:
        Horizon -> decomposition.
    """
    by_horizon: dict[int, Explained] = {}
    hazards = model.hazards(features)[target]
    names = feature_names()
    moved = np.zeros((len(features), len(names)))
    usual = total = np.zeros(len(features))
    for month in range(1, max(horizons) + 1):
        parts = model.contributions(features, target, month)
        start, end = parts["base"].to_numpy(float), parts.sum(axis=1).to_numpy(float)
        moved = moved + parts[names].to_numpy() * secant(start, end, np.exp(start), np.exp(end))[:, None]
        usual, total = usual + np.exp(start), total + np.exp(end)
        if month in horizons:
            slope = secant(usual, total, _log_odds(usual), _log_odds(total))
            log_odds = _log_odds(-np.log1p(-risks(hazards)[:, month - 1]))
            shared = pd.DataFrame(moved * slope[:, None], index=features.index, columns=names)
            by_horizon[month] = Explained(_log_odds(usual), shared, log_odds - _log_odds(total), log_odds)
    return by_horizon


def _log_odds(intensity: Floats) -> Floats:
    """Return the log-odds of an onset given the cumulative intensity: ln(e^intensity - 1)."""
    return np.log(np.expm1(intensity))


def by_theme(parts: pd.DataFrame) -> pd.DataFrame:
    """Return contributions summed by feature group, one column per group."""
    owner = group_of()
    return parts.T.groupby([owner[name].name for name in parts.columns], sort=False).sum().T


def drivers(model: HazardModel, features: pd.DataFrame) -> pd.DataFrame:
    """Return the strongest themes of every risk, for targets that are calm.

    Args:
        model: Fitted model.
        features: Rows of `features.build.build`.

    Returns:
        origin, iso3, target, rank, group, label, contribution (log-odds against average features) and sentence, at most
        `TOP_GROUPS` themes per risk, strongest first.
    """
    going_on = states(features)
    lines = []
    for target in TARGETS:
        calm = features[~going_on[target]]
        if len(calm):
            lines += _of_target(model, calm, target)
    columns = ["origin", "iso3", "target", "rank", "group", "label", "contribution", "sentence"]
    return pd.DataFrame(lines, columns=columns)


def _of_target(model: HazardModel, features: pd.DataFrame, target: str) -> list[tuple[object, ...]]:
    parts = explain(model, features, target, [PUBLISHED_HORIZON])[PUBLISHED_HORIZON].parts
    lines: list[tuple[object, ...]] = []
    for i, (origin, iso3) in enumerate(zip(features["origin"], features["iso3"], strict=True)):
        strongest = themes(features.iloc[i], parts.iloc[i])[:TOP_GROUPS]
        lines += [(origin, iso3, target, rank, *theme) for rank, theme in enumerate(strongest, 1)]
    return lines


def themes(features: pd.Series, parts: pd.Series) -> list[tuple[str, str, float, str]]:
    """Return (group, label, contribution, sentence) of every theme of one row, by absolute contribution."""
    label = {group.name: group.label for group in group_of().values()}
    summed = by_theme(parts.to_frame().T).iloc[0]
    ordered = summed.iloc[np.argsort(-summed.abs().to_numpy(float), kind="stable")]
    return [
        (str(name), label[str(name)], float(value), sentence(features, parts, str(name), float(value)))
        for name, value in ordered.items()
    ]


def sentence(features: pd.Series, parts: pd.Series, group: str, contribution: float) -> str:
    """Return a sentence with a theme's factor on the odds, and its strongest feature with its value."""
    owner = group_of()
    within = [f for f in feature_names() if owner[f].name == group]
    sign = 1 if contribution >= 0 else -1
    strongest = max(within, key=lambda f: sign * parts[f])
    label = owner[strongest].label
    about = f"{label[0].upper()}{label[1:]}"
    if not parts[within].any():
        return f"{about}: in no method at this vintage."
    if abs(contribution) < HARDLY:
        return f"{about}: about the usual odds."
    measure, shown = in_words(features_by_name()[strongest], float(features[strongest]))
    return f"{about}: {np.exp(contribution):.2g} times the usual odds{ABOVE_ALL}{measure} ({shown})."


def in_words(feature: Feature, value: float) -> tuple[str, str]:
    """Return a feature's sentence and a value in the sentence's unit rather than in logarithms."""
    if feature.unit is Unit.INDICATOR and value in (0, 1):
        return f"whether {feature.sentence}", "yes" if value else "no"
    natural = float(feature.natural(value))
    if not np.isfinite(natural):
        return feature.sentence, "not reported"
    if feature.unit is Unit.LOG_CHANGE:
        return feature.sentence, f"{100 * natural:+,.0f} %"
    return feature.sentence, f"{natural:,.0f}" if abs(natural) >= 100 else f"{natural:.2g}"
