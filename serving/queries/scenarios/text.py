"""A scenario in sentences: its effect on each risk, its assumptions, and its warnings."""

import numpy as np

from data.tables.registry import panel_tables
from features.build import features_by_name, group_of
from serving.queries import wording
from serving.queries.scenarios.scenario import AFTER, BEFORE, REPORTED, AppliedChange, Scenario
from serving.queries.scenarios.sliders import effective_sentences, effective_sliders
from serving.schemas.scenario_changes import CorridorAttacks
from training.explanation.facts.values import in_words

SUMMARY_HORIZON = 6
NOTABLE = 0.02
"""Share of a risk below which a fall is not mentioned."""


def summary(scenario: Scenario) -> str:
    """Return a sentence on the change of each risk; where none changes, the reasons and changes that would have an effect."""
    if scenario.changed_features(used=True):
        curves = {t: c for t, c in scenario.curves.items() if c[BEFORE].risk and c[AFTER].risk}
        if not curves:
            return "No risk is stated here that could change: everything is going on already, or data are missing."
        effects = [f"{wording.TARGETS[t].lower()} {_effect(c[BEFORE].risk, c[AFTER].risk)}" for t, c in curves.items()]
        return f"{wording.within(SUMMARY_HORIZON).capitalize()}: {wording.listing(effects)}."
    reasons = [
        _no_effect(change, scenario) for change in scenario.changes if not change.marks and _idle(change, scenario)
    ]
    if themes := unused_themes(scenario):
        reasons.append(f"the model in use does not use {wording.listing(themes)}")
    effective = wording.listing(f"“{sentence}”" for sentence in effective_sentences(scenario.served))
    return (
        f"No risk changes: {'; '.join(reasons) or 'nothing differs from what was reported'}. "
        f"Changes that do affect this model: {effective}."
    )


def _effect(before: list[float] | None, after: list[float] | None) -> str:
    first, second = wording.percent(_at(before)), wording.percent(_at(after))
    return f"stays at {first}" if first == second else f"from {first} to {second}"


def _at(curve: list[float] | None) -> float | None:
    return curve[SUMMARY_HORIZON - 1] if curve else None


def _idle(change: AppliedChange, scenario: Scenario) -> bool:
    return all(edit in scenario.panels.idle for edit in change.edits)


def _no_effect(change: AppliedChange, scenario: Scenario) -> str:
    """Return why a change edits nothing."""
    table = change.edits[0].table
    newest = scenario.panels.last_known.get(table)
    known = "were never reported" if newest is None else f"were none, or were last reported for {wording.month(newest)}"
    reason = f"“{change.sentence}” has nothing to change, as {panel_tables()[table].label} {known}"
    if not isinstance(change.change, CorridorAttacks) or change.change.factor is None:
        return reason
    if effective_sliders(scenario.served)["corridor_attacks"]:
        number = f"10 attacks on the {change.change.corridor} corridor"
        return f"{reason}; give a number of attacks instead, such as “{number}”"
    return f"{reason}, and the model in use does not use them: they are known for too few months to learn from"


def unused_themes(scenario: Scenario) -> list[str]:
    """Return the labels of themes with changed features of which the served model uses none."""
    owner, used = group_of(), {*scenario.changed_features(used=True)}
    labels = dict.fromkeys(owner[name].label for name in scenario.changed_features())
    return [label for label in labels if not any(owner[name].label == label for name in used)]


def assumptions(scenario: Scenario) -> list[str]:
    """Return the assumptions of both curves on unreported months, and the risks with these left missing."""
    sentences = []
    for table, (first, last) in scenario.panels.quiet.items():
        span = wording.month(first) if first == last else f"{wording.month(first)} to {wording.month(last)}"
        quiet = "that they stayed as they were" if table == "prices" else "none"
        sentences.append(
            f"{_capitalized(table)} are not known for {span}: both curves assume {quiet}, except for the change."
        )
    if scenario.changed_features(REPORTED, BEFORE, used=True):
        risks = [
            f"{wording.TARGETS[t].lower()} {wording.percent(_at(c[REPORTED].risk))}"
            for t, c in scenario.curves.items()
            if c[REPORTED].risk
        ]
        if risks:
            sentences.append(
                "Missing is not zero: with these months left missing, as they are, the risk "
                f"{wording.within(SUMMARY_HORIZON)} is {wording.listing(risks)}."
            )
    return sentences


def warnings(scenario: Scenario) -> list[str]:
    """Return where the scenario extrapolates, what of it has no effect, and risks that fall although the change is for the worse."""
    return _extrapolations(scenario) + _ignored(scenario) + _falls(scenario)


def _extrapolations(scenario: Scenario) -> list[str]:
    inputs = scenario.served.publication.inputs.set_index("feature")
    after = scenario.rows.iloc[AFTER]
    sentences = []
    for name in scenario.changed_features(used=True):
        value, low, high = float(after[name]), float(inputs.at[name, "low"]), float(inputs.at[name, "high"])
        if np.isfinite(value) and not low <= value <= high:
            feature = features_by_name()[name]
            measure, text = in_words(feature, value)
            edge = f"at most {in_words(feature, high)[1]}" if value > high else f"at least {in_words(feature, low)[1]}"
            sentences.append(f"Extrapolation: {measure} would be {text}, in the training data it is {edge} ({name}).")
    return sentences


def _ignored(scenario: Scenario) -> list[str]:
    """Return the parts of an effective scenario that have no effect themselves."""
    if not scenario.changed_features(used=True):
        return []
    idle = scenario.panels.idle
    effective = {edit.table for change in scenario.changes for edit in change.edits if edit not in idle}
    return [f"The model in use does not use {label}, which would change too." for label in unused_themes(scenario)] + [
        f"{_capitalized(table)}: not known for these months, so that part of the change was left out."
        for table in sorted({edit.table for edit in idle} - effective)
    ]


def _falls(scenario: Scenario) -> list[str]:
    # Members of the model learned such falls from few months.
    if not all(change.change.worsens for change in scenario.changes):
        return []
    falling = [
        wording.TARGETS[t].lower()
        for t, c in scenario.curves.items()
        if (_at(c[AFTER].risk) or 0) < (1 - NOTABLE) * (_at(c[BEFORE].risk) or 0)
    ]
    if not falling:
        return []
    return [
        f"The risk of {wording.listing(falling)} falls although the change is for the worse: "
        "months like these were few, so take it as no change."
    ]


def _capitalized(table: str) -> str:
    return panel_tables()[table].label[0].upper() + panel_tables()[table].label[1:]
