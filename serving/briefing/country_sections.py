"""Sections of a capital's briefing: drivers, past forecasts, scenarios, similar months, and missing data."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from serving.briefing import figures
from serving.briefing.blocks import Block, Bullets, Picture, Table, Text
from serving.briefing.capital_facts import CapitalFacts
from serving.queries import wording
from serving.queries.analogues import count_onsets, nearest_analogues
from serving.queries.capital import drivers_of, ended, episodes_of
from serving.queries.scenarios.scenario import BEFORE, run_scenario
from serving.queries.scenarios.sliders import corridors_of
from serving.queries.scenarios.text import assumptions, unused_themes
from training.explanation.drivers import drivers as model_drivers

YEARS_BACK = 15
ANALOGUES, NAMED = 12, 3
WHAT_IF = {
    "twenty people die in fighting at the capital within a month": "capital fighting 20 deaths 5 events",
    "a coup is attempted": "coup attempt",
    "ten attacks hit a supply corridor within three months": "10 attacks on the all corridor",
}
"""Condition in words -> the change in a request to POST /v1/scenarios."""


def drivers(capital: CapitalFacts) -> list[Block]:
    """Return the strongest drivers: those published, else those of today's model on the inputs of the origin."""
    facts, target = capital.facts, capital.main_target()
    sentences = [d.sentence for d in drivers_of(facts.served, capital.code, target, facts.origin)]
    note = f"Drivers of the risk of {wording.TARGETS[target].lower()}, against the average capital."
    if not sentences:
        try:
            table = model_drivers(facts.served.model, capital.features(), facts.served.panel)
        except TypeError as error:  # a base rate has nothing to explain
            return [Text(f"None were published with this origin, and {error}.")]
        sentences = list(table[table["target"] == target].sort_values("rank")["sentence"])
        note += " None were published with this origin: these are today's model's on the inputs of that time."
    return [Bullets(sentences[:4]), Text(note, "note")] if sentences else [Text("There is no risk to explain.")]


def past_forecasts(capital: CapitalFacts) -> list[Block]:
    """Return the chart of past forecasts over disrupted months, and the newest episodes."""
    facts = capital.facts
    all_episodes = episodes_of(facts.served, capital.code)
    past_episodes = all_episodes[
        all_episodes["kind"].isin(TARGETS["disruption"]) & (all_episodes["start"] <= facts.origin)
    ]
    months = {m for r in past_episodes.itertuples() for m in calendar.month_range(r.start, min(r.end, facts.origin))}
    spans = calendar.runs([calendar.month_index(month) for month in months])
    first = calendar.month_at(max(calendar.month_index(facts.origin) - 12 * YEARS_BACK, 0))
    past = facts.past[facts.past["iso3"] == capital.code]
    first = max(first, past["origin"].min()) if len(past) else first
    chart = figures.history(past, [s for s in spans if s[1] >= calendar.month_index(first)], first, facts.origin)
    rows = [
        [_when(r, facts.origin), wording.kind(r["kind"]).capitalize(), r["reason"]]
        for r in past_episodes.head(6).to_dict("records")
    ]
    episodes: Block = (
        Table(("When", "What", "Why it counts"), rows, (0.25, 0.2, 0.55))
        if rows
        else Text("The catalogue has no episode since 1989.")
    )
    caption = f"Forecast risk of {capital.name}, its disrupted months shaded; the line has a gap while an episode is going on."
    return [Picture(chart, caption), Text(caption, "note"), episodes]


def _when(row: Mapping[Hashable, Any], origin: pd.Timestamp) -> str:
    start, end = row["start"], row["end"]
    if not ended(row, origin):
        return f"since {start:%b %Y}"
    return f"{start:%b %Y}" if start == end else f"{start:%b %Y} to {end:%b %Y}"


def what_if(capital: CapitalFacts) -> list[Block]:
    """Return what the model answers to each condition of `WHAT_IF`."""
    target, served = capital.main_target(), capital.facts.served
    if not np.isfinite(capital.risk(target, 6)):
        return [Text("There is no risk that could change.")]
    answers, notes = [], list[str]()
    for condition, sentence in WHAT_IF.items():
        if "corridor" in sentence and not corridors_of(capital.code):
            continue
        scenario = run_scenario(served, capital.code, capital.facts.origin, [sentence])
        before, after = (curve.risk[5] if curve.risk else np.nan for curve in scenario.curves[target][BEFORE:])
        if scenario.changed_features(used=True):
            answers.append(f"If {condition}: {wording.percent(before)} becomes {wording.percent(after)}.")
            notes += [line for line in assumptions(scenario) if line not in notes]
        else:
            answers.append(
                f"If {condition}: no change, as the model in use does not use {wording.listing(unused_themes(scenario)) or 'any input that it changes'}."
            )
    note = f"Answers of the model for the risk of {wording.TARGETS[target].lower()} within six months, all else equal; a direction, not a causal effect."
    if not capital.facts.as_issued or capital.facts.origin != served.newest_origin:
        note += " They are today's model's, so the first figure is not the forecast of that time."
    return [Bullets(answers), Text(" ".join([note, *notes]), "note")]


def similar_months(capital: CapitalFacts) -> list[Block]:
    """Return what followed the nearest analogues, and the first of them with an onset."""
    target = capital.main_target()
    analogues = nearest_analogues(capital.facts.served, capital.code, capital.facts.origin, target, ANALOGUES)
    if not analogues:
        return [Text("No past month is similar in enough known inputs.")]
    calm, hit = count_onsets(analogues, target, 12)
    what = wording.TARGETS[target].lower()
    nearest = analogues[0]
    summary = (
        f"Of the {len(analogues)} past months, here or elsewhere, closest to this one in the inputs that move the model, {calm} were calm; "
        f"{len(hit) or 'none'} of them saw {what} within a year. The nearest: {nearest.capital} in {wording.month(nearest.origin)}."
    )
    followed = [
        f"{a.capital} in {wording.month(a.origin)}: {what} after {a.months_to_onset[target]} months"
        for a in hit[:NAMED]
    ]
    return [Text(summary), *([Bullets(followed)] if followed else [])]


def late_or_missing(capital: CapitalFacts) -> list[str]:
    """Return the feature groups with late or missing data."""
    states = wording.feeds(str(capital.rows["flags"].iloc[0]).split())
    return [f"{label}: {state}" for label, state in states.items()] or ["Every feed was on time."]
