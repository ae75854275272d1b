"""What a scenario's answer says in words: what it amounts to, what was supposed, and where it should not be leant on."""

import numpy as np

from features.build import features_by_name, group_of
from serving.queries import wording
from serving.queries.scenario import AFTER, BEFORE, REPORTED, Asked, Compared
from serving.queries.scenario_sliders import offered, working
from serving.schemas.scenario_changes import CorridorAttacks
from training.explanation.drivers import in_words

SAID_HORIZON = 6
NOTABLE = 0.02
"""Share of a risk that is worth a word."""
COUNTED = {
    "capital": "deaths and attacks within 100 km of the capital",
    "corridors": "attacks on the supply corridors",
    "countries": "events in the country",
    "coups": "coups",
    "prices": "prices in the capital's market",
    "rings": "distance and direction of events from the capital",
}
"""Panel table -> what it counts, as said in a sentence."""


def answer(made: Compared) -> str:
    """Say in a sentence what becomes of each risk; where nothing moves, that, why, and what would move it."""
    if made.moved(used=True):
        curves = {t: c for t, c in made.curves.items() if c[BEFORE].risk and c[AFTER].risk}
        if not curves:
            return "No risk is stated here that could change: everything is going on already, or data are missing."
        said = [f"{wording.TARGETS[t].lower()} {_becomes(c[BEFORE].risk, c[AFTER].risk)}" for t, c in curves.items()]
        return f"{wording.within(SAID_HORIZON).capitalize()}: {wording.listing(said)}."
    reasons = [_why_idle(asked, made) for asked in made.changes if not asked.marks and _idle(asked, made)]
    if blind := unused(made):
        reasons.append(f"the model in use does not look at {wording.listing(blind)}")
    instead = wording.listing(f"“{sentence}”" for sentence in offered(made.served))
    return f"No risk changes: {'; '.join(reasons) or 'nothing differs from what was reported'}. What does move this model: {instead}."


def _becomes(before: list[float] | None, after: list[float] | None) -> str:
    one, other = wording.percent(_at(before)), wording.percent(_at(after))
    return f"stays at {one}" if one == other else f"from {one} to {other}"


def _at(curve: list[float] | None) -> float | None:
    return curve[SAID_HORIZON - 1] if curve else None


def _idle(asked: Asked, made: Compared) -> bool:
    return all(edit in made.supposed.idle for edit in asked.edits)


def _why_idle(asked: Asked, made: Compared) -> str:
    table = asked.edits[0].table
    newest = made.supposed.last_known.get(table)
    known = "were never reported" if newest is None else f"were none, or were last reported for {wording.month(newest)}"
    said = f"“{asked.said}” meets nothing to change, as {COUNTED[table]} {known}"
    if not isinstance(asked.change, CorridorAttacks) or asked.change.factor is None:
        return said
    if working(made.served)["corridor_attacks"]:
        return f"{said}; say a number of attacks instead, such as “10 attacks on the {asked.change.corridor} corridor”"
    return f"{said}, and the model in use does not look at them: they are known of too few months to learn from"


def unused(made: Compared) -> list[str]:
    """Return the themes in which features moved and none of them is used."""
    owner, used = group_of(), {*made.moved(used=True)}
    labels = dict.fromkeys(owner[name].label for name in made.moved())
    return [label for label in labels if not any(owner[name].label == label for name in used)]


def supposed(made: Compared) -> list[str]:
    """Say what both curves suppose where nobody reported, and what the risk is as reported."""
    said = []
    for table, (first, last) in made.supposed.quiet.items():
        span = wording.month(first) if first == last else f"{wording.month(first)} to {wording.month(last)}"
        none = "that they stayed as they were" if table == "prices" else "none"
        said.append(
            f"{COUNTED[table][0].upper()}{COUNTED[table][1:]} are not known for {span}: both curves suppose {none}, but for the change."
        )
    if made.moved(REPORTED, BEFORE, used=True):
        apart = [
            f"{wording.TARGETS[t].lower()} {wording.percent(_at(c[REPORTED].risk))}"
            for t, c in made.curves.items()
            if c[REPORTED].risk
        ]
        if apart:
            said.append(
                f"Unknown is not none: left unknown, as it is, the risk {wording.within(SAID_HORIZON)} is {wording.listing(apart)}."
            )
    return said


def warnings(made: Compared) -> list[str]:
    """Say where the scenario leaves what the model has seen, and what of it the model does not look at."""
    seen = made.served.publication.inputs.set_index("feature")
    after = made.rows.iloc[AFTER]
    found = []
    for name in made.moved(used=True):
        value, low, high = float(after[name]), float(seen.at[name, "low"]), float(seen.at[name, "high"])
        if np.isfinite(value) and not low <= value <= high:
            feature = features_by_name()[name]
            measure, shown = in_words(feature, value)
            edge = f"at most {in_words(feature, high)[1]}" if value > high else f"at least {in_words(feature, low)[1]}"
            found.append(
                f"Beyond what the model has seen: {measure} would be {shown}, where it has seen {edge} ({name})."
            )
    if made.moved(used=True):
        found += [f"The model in use does not look at {label}, which would change too." for label in unused(made)]
        idle = {e.table for e in made.supposed.idle} - {
            e.table for asked in made.changes for e in asked.edits if e not in made.supposed.idle
        }
        found += [
            f"{COUNTED[t][0].upper()}{COUNTED[t][1:]}: not known of these months, so that part of the change was left out."
            for t in sorted(idle)
        ]
    return found + _falls(made)


def _falls(made: Compared) -> list[str]:
    """Say where a risk falls although worse happened: members of the model learned that from few months."""
    if not all(asked.change.worse for asked in made.changes):
        return []
    fallen = [
        wording.TARGETS[t].lower()
        for t, c in made.curves.items()
        if (_at(c[AFTER].risk) or 0) < (1 - NOTABLE) * (_at(c[BEFORE].risk) or 0)
    ]
    return (
        [
            f"The risk of {wording.listing(fallen)} falls although worse is supposed: months like these were few, so take it as no change."
        ]
        if fallen
        else []
    )
