"""Drivers of a risk: exact additive contributions of the champion's features, summed by theme, each with the facts behind it.

Contributions are additive in ln(intensity) of each month. They are carried through the sum over months and to the log-odds by
secant slopes between the baseline and the row, so that they stay additive and exact.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from data.panel.view import as_of
from features.base import Group
from features.build import feature_names, group_of
from features.registry import groups
from training.explanation.facts.write import FactWriter, Source, facts_of, source_of
from training.forecasting.forecast import states
from training.models.base import Floats, HazardModel, risks, secant

PUBLISHED_HORIZON = 6
"""Horizon of the published drivers, in months."""
TOP_GROUPS = 5
TOP_FACTS = 3
"""Facts that a theme names."""
OTHERS = "everything else in this theme"
"""Text of the part of a theme that no named fact makes up."""
ROUNDING = 1e-9
"""Log-odds below which a theme's facts make up all of it."""
ABOVE_ALL = ", above all "
"""Text between a theme's effect and its facts."""
Row = Mapping[Hashable, Any]
Parts = Mapping[Hashable, float]
COLUMNS = ["origin", "iso3", "target", "rank", "group", "label", "contribution", "sentence", "facts"]


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


@dataclass(frozen=True)
class Fact:
    """A fact behind a theme and its part of the theme's contribution, in log-odds."""

    text: str
    contribution: float


@dataclass(frozen=True)
class Theme:
    """A feature group's contribution to a risk's log-odds, and the facts that it is the sum of."""

    group: str
    label: str
    contribution: float
    sentence: str
    facts: tuple[Fact, ...]
    """Strongest first; the last may be the theme's other features. They add up to the contribution."""


def drivers(model: HazardModel, features: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Return the strongest themes of every risk, for targets that are calm.

    Args:
        model: Fitted model.
        features: Rows of `features.build.build` on this panel.
        panel: The panel, for the facts behind each theme.

    Returns:
        origin, iso3, target, rank, group, label, contribution (log-odds against average features), sentence and facts
        (text and contribution of each), at most `TOP_GROUPS` themes per risk, strongest first; none that is shown as 1.0
        times the odds.
    """
    writers = {origin: facts_of(as_of(panel, origin)) for origin in features["origin"].unique()}
    going_on = states(features)
    lines = []
    for target in TARGETS:
        calm = features[~going_on[target]]
        if len(calm):
            lines += _of_target(model, calm, target, writers)
    return pd.DataFrame(lines, columns=COLUMNS)


def _of_target(
    model: HazardModel, features: pd.DataFrame, target: str, writers: dict[pd.Timestamp, FactWriter]
) -> list[tuple[object, ...]]:
    parts = explain(model, features, target, [PUBLISHED_HORIZON])[PUBLISHED_HORIZON].parts
    lines: list[tuple[object, ...]] = []
    for row, shares in zip(features.to_dict("records"), parts.to_dict("records"), strict=True):
        strongest = themes(row, shares, writers[row["origin"]], TOP_GROUPS)
        for rank, theme in enumerate((theme for theme in strongest if matters(theme.contribution)), 1):
            facts = [asdict(fact) for fact in theme.facts]
            head = (theme.group, theme.label, theme.contribution, theme.sentence)
            lines.append((row["origin"], row["iso3"], target, rank, *head, facts))
    return lines


def matters(contribution: float) -> bool:
    """Return whether a contribution is shown as something else than 1.0 times the odds."""
    return times(contribution) != times(0)


def times(contribution: float) -> str:
    """Return a contribution as the factor on the odds that is shown: "1.8"."""
    return f"{np.exp(contribution):.2g}"


def themes(row: Row, parts: Parts, writer: FactWriter, most: int | None = None) -> list[Theme]:
    """Return the themes of one row, by absolute contribution.

    Args:
        row: Row of `features.build.build`, by column.
        parts: Contribution of each feature.
        writer: Writer of the facts of the row's origin.
        most: Number of themes; by default all.
    """
    summed = [(group, sum(parts[name] for name in group.features)) for group in groups()]
    strongest = sorted(summed, key=lambda theme: -abs(theme[1]))[:most]
    return [_theme(group, contribution, row, parts, writer) for group, contribution in strongest]


def _theme(group: Group, contribution: float, row: Row, parts: Parts, writer: FactWriter) -> Theme:
    facts = _facts(group, contribution, row, parts, writer) if matters(contribution) else ()
    used = any(parts[name] for name in group.features)
    return Theme(group.name, group.label, contribution, _sentence(group.label, contribution, facts, used=used), facts)


def _facts(group: Group, contribution: float, row: Row, parts: Parts, writer: FactWriter) -> tuple[Fact, ...]:
    """Return the facts with the largest contributions in the theme's direction, and what the rest of it adds."""
    sign = 1 if contribution >= 0 else -1
    sources: dict[Source, list[str]] = {}
    for name, feature in group.features.items():
        sources.setdefault(source_of(feature), []).append(name)
    shares: dict[str, float] = {}
    for names in sources.values():
        if sign * sum(parts[name] for name in names) > 0:
            strongest = max(names, key=lambda name: sign * parts[name])
            for name in names:
                for text, part in writer.facts(row, group.features[name], group.features[strongest], raising=sign > 0):
                    shares[text] = shares.get(text, 0.0) + part * parts[name]
    ordered = [Fact(*fact) for fact in sorted(shares.items(), key=lambda fact: -sign * fact[1])[:TOP_FACTS]]
    named = [ordered[0], *(fact for fact in ordered[1:] if sign * fact.contribution > 0 and matters(fact.contribution))]
    rest = contribution - sum(fact.contribution for fact in named)
    return (*named, Fact(OTHERS, rest)) if abs(rest) > ROUNDING else tuple(named)


def _sentence(label: str, contribution: float, facts: Sequence[Fact], *, used: bool) -> str:
    """Return a sentence with a theme's factor on the odds, and the facts behind it with theirs."""
    about = f"{label[0].upper()}{label[1:]}"
    if not used:
        return f"{about}: in no method at this vintage."
    if not facts:
        return f"{about}: about the usual odds."
    return f"{about}: {times(contribution)} times the usual odds{ABOVE_ALL}{in_order(facts)}."


def in_order(facts: Sequence[Fact]) -> str:
    """Return facts with their factors on the odds, other features left out where they are shown as 1.0."""
    shown = [fact for fact in facts if fact.text != OTHERS or matters(fact.contribution)]
    return "; ".join(
        f"{fact.text} ({times(fact.contribution)} times)" if matters(fact.contribution) else fact.text for fact in shown
    )


def published_facts(table: pd.DataFrame) -> list[list[dict[str, Any]]]:
    """Return the facts of each row of published drivers; none where an earlier release published the table."""
    return [list(facts) for facts in table["facts"]] if "facts" in table else [[] for _ in range(len(table))]


def named(facts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the texts of published facts, without the rest of the theme."""
    return [str(fact["text"]) for fact in facts if fact["text"] != OTHERS]
