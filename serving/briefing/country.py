"""The briefing of one capital: its risk, why, what happened before, what would change the number."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from data.reference_tables import require_state
from features.build import build_one
from serving.briefing import figures
from serving.briefing.blocks import Block, Brief, Bullets, Heading, Picture, Table, Text
from serving.briefing.facts import HOW_TO_READ, LICENCE, Facts
from serving.queries import wording
from serving.queries.analogues import count_onsets, nearest_analogues
from serving.queries.capital import drivers_of, episodes_of, ongoing_at
from serving.queries.scenario import BEFORE, run_scenario
from serving.queries.scenario_sliders import corridors_of
from serving.queries.scenario_text import assumptions, unused_themes
from training.evaluation.slices import REPORTED_HORIZONS
from training.explanation.drivers import drivers

YEARS_BACK = 15
ALIKE, NAMED = 12, 3
WHAT_IF = {
    "twenty people die in fighting at the capital within a month": "capital fighting 20 deaths 5 events",
    "a coup is attempted": "coup attempt",
    "ten attacks hit a supply corridor within three months": "10 attacks on the all corridor",
}
"""Condition in words -> what POST /v1/scenarios is told."""


@dataclass(frozen=True)
class _Capital:
    facts: Facts
    code: str

    @property
    def name(self) -> str:
        return str(self.facts.served.capitals.at[self.code, "capital"])

    @property
    def own(self) -> pd.DataFrame:
        return self.facts.rows[self.facts.rows["iso3"] == self.code]

    def curve(self, target: str) -> pd.DataFrame:
        return self.own[self.own["target"] == target].sort_values("horizon")

    def risk(self, target: str, horizon: int) -> float:
        rows = self.curve(target)
        return float(rows.loc[rows["horizon"] == horizon, "risk"].iloc[0])

    def features(self) -> pd.DataFrame:
        table = build_one(self.facts.panel, self.facts.origin)
        return table[table["iso3"] == self.code].reset_index(drop=True)


def country_brief(facts: Facts, country: str) -> Brief:
    """Put the two pages about one capital together."""
    capital = _Capital(facts, require_state(country))
    if capital.own.empty:
        raise ValueError(f"{capital.code} has no forecast at origin {facts.origin:%Y-%m}: choose another --origin")
    row = facts.panel.iso3.index(capital.code)
    usual = [facts.median("disruption", h) for h in calendar.HORIZONS]
    around, shown, said = figures.surroundings(facts, row)
    shapes = {t: capital.curve(t) for t in TARGETS}
    page_1: list[Block] = [
        Text(_lead(capital), "lead"),
        _table(capital),
        Picture(figures.curves(shapes, usual), "Risk of each kind of disruption by months ahead."),
        Heading("What moves it most"),
        *_drivers(capital),
        Heading("Around the city and in the country"),
        Picture(around, shown),
        Text(said, "note"),
        Heading("When it was like this before"),
        *_alike(capital),
    ]
    page_2: list[Block] = [
        Heading("Past forecasts and what happened"),
        *_past(capital),
        Heading("What would change the number"),
        *_what_if(capital),
        Heading("What the data lack here"),
        Bullets(_feeds(capital)),
        Heading("How to read it, and its limits"),
        Bullets([*HOW_TO_READ[:3], facts.turned_out()]),
    ]
    country_name = facts.served.capitals.at[capital.code, "country"]
    name = f"brief_{facts.origin:%Y-%m}_{capital.code}"
    subtitle = f"Briefing, end of {wording.month(facts.origin)}"
    return Brief(
        name, f"{capital.name}, {country_name}: risk of disruption", subtitle, (page_1, page_2), facts.stamp, LICENCE
    )


def _lead(capital: _Capital) -> str:
    facts = capital.facts
    if np.isfinite(capital.risk("disruption", 6)):
        usual = wording.odds(facts.median("disruption", 6)).removeprefix("about ")
        return (
            f"{capital.name} is calm at the end of {wording.month(facts.origin)}. Any disruption: {wording.odds(capital.risk('disruption', 6))} within six months "
            f"({wording.percent(capital.risk('disruption', 6))}); the usual capital: {usual}."
        )
    if (capital.curve("disruption")["state"] == "ongoing").all():
        found = [e for e in ongoing_at(facts.served, capital.code, facts.origin) if e.kind != "attack"]
        further = [
            f"{wording.TARGETS[t].lower()} {wording.odds(capital.risk(t, 6))}"
            for t in TARGETS
            if np.isfinite(capital.risk(t, 6))
        ]
        rest = f" What could come on top, within six months: {wording.listing(further)}." if further else ""
        return f"{capital.name} is disrupted: {wording.going_on(found)}.{rest}"
    return f"No risk is stated for {capital.name} at this origin: too little was known."


def _table(capital: _Capital) -> Table:
    rows = []
    for target in TARGETS:
        at = [capital.risk(target, h) for h in REPORTED_HORIZONS]
        six = capital.facts.rows[(capital.facts.rows["target"] == target) & (capital.facts.rows["horizon"] == 6)]
        place = six.set_index("iso3")["risk"].rank(ascending=False, method="min").get(capital.code)
        stated = f"{place:.0f} of {six['risk'].notna().sum()}" if place and np.isfinite(place) else "–"
        said = [wording.percent(r) for r in at]
        in_words = (
            wording.odds(at[2])
            if np.isfinite(at[2])
            else str(capital.curve(target)["state"].iloc[0]).replace("ongoing", "going on")
        )
        rows.append([wording.TARGETS[target], *said, in_words, stated])
    header = ["Risk of", *(f"{h} mo." for h in REPORTED_HORIZONS), "Within six months", "Place"]
    return Table(header, rows, (0.23, 0.1, 0.1, 0.1, 0.1, 0.21, 0.16), (1, 2, 3, 4, 6))


def _drivers(capital: _Capital) -> list[Block]:
    facts, target = capital.facts, _main(capital)
    found = [d.sentence for d in drivers_of(facts.served, capital.code, target, facts.origin)]
    note = f"Of the risk of {wording.TARGETS[target].lower()}, against the average capital."
    if not found:
        try:
            made = drivers(facts.served.model, capital.features())
        except TypeError as error:  # a base rate has nothing to explain
            return [Text(f"None were published with this origin, and {error}.")]
        found = list(made[made["target"] == target].sort_values("rank")["sentence"])
        note += " None were published with this origin: today's model was asked about the inputs of then."
    return [Bullets(found[:4]), Text(note, "note")] if found else [Text("No risk is stated that could have drivers.")]


def _main(capital: _Capital) -> str:
    """Return disruption where its risk is stated, else the target whose risk is highest."""
    stated = {t: capital.risk(t, 6) for t in TARGETS if np.isfinite(capital.risk(t, 6))}
    return "disruption" if "disruption" in stated or not stated else max(stated, key=lambda t: stated[t])


def _past(capital: _Capital) -> list[Block]:
    facts = capital.facts
    own = episodes_of(facts.served, capital.code)
    known = own[own["kind"].isin(TARGETS["disruption"]) & (own["start"] <= facts.origin)]
    months = {m for r in known.itertuples() for m in calendar.month_range(r.start, min(r.end, facts.origin))}
    spans = calendar.runs([calendar.month_index(month) for month in months])
    first = calendar.month_at(max(calendar.month_index(facts.origin) - 12 * YEARS_BACK, 0))
    past = facts.past[facts.past["iso3"] == capital.code]
    first = max(first, past["origin"].min()) if len(past) else first
    drawn = figures.history(past, [s for s in spans if s[1] >= calendar.month_index(first)], first, facts.origin)
    rows = [[_when(r, facts.origin), wording.kind(r.kind).capitalize(), r.reason] for r in known.head(6).itertuples()]
    listed: Block = (
        Table(("When", "What", "Why it counts"), rows, (0.25, 0.2, 0.55))
        if rows
        else Text("The catalogue has no episode since 1989.")
    )
    words_of = f"Forecast risk of {capital.name} over its months of disruption, shaded; the line has a gap where an episode was going on."
    return [Picture(drawn, words_of), Text(words_of, "note"), listed]


def _when(row: object, origin: pd.Timestamp) -> str:
    start, end = pd.Timestamp(row.start), pd.Timestamp(row.end)  # type: ignore[attr-defined]
    if end >= origin:
        return f"since {start:%b %Y}"
    return f"{start:%b %Y}" if start == end else f"{start:%b %Y} to {end:%b %Y}"


def _what_if(capital: _Capital) -> list[Block]:
    target, served = _main(capital), capital.facts.served
    if not np.isfinite(capital.risk(target, 6)):
        return [Text("No risk is stated that could change.")]
    said, notes = [], list[str]()
    for condition, sentence in WHAT_IF.items():
        if "corridor" in sentence and not corridors_of(capital.code):
            continue
        scenario = run_scenario(served, capital.code, capital.facts.origin, [sentence])
        before, after = (curve.risk[5] if curve.risk else np.nan for curve in scenario.curves[target][BEFORE:])
        if scenario.changed_features(used=True):
            said.append(f"If {condition}: {wording.percent(before)} becomes {wording.percent(after)}.")
            notes += [note for note in assumptions(scenario) if note not in notes]
        else:
            said.append(
                f"If {condition}: no change, as the model in use does not use {wording.listing(unused_themes(scenario))}."
            )
    asked = f"The model's own answers for {wording.TARGETS[target].lower()} within six months, everything else as it is; a direction, not a cause."
    if not capital.facts.as_issued or capital.facts.origin != served.newest_origin:
        asked += " Asked of today's model, so the first figure is not the forecast of then."
    return [Bullets(said), Text(" ".join([asked, *notes]), "note")]


def _alike(capital: _Capital) -> list[Block]:
    """Say what followed the past situations most like this one, and name the first that ended in disruption."""
    target = _main(capital)
    listed = nearest_analogues(capital.facts.served, capital.code, capital.facts.origin, target, ALIKE)
    if not listed:
        return [Text("No past situation is like this one in enough of what is known.")]
    calm, hit = count_onsets(listed, target, 12)
    what = wording.TARGETS[target].lower()
    near = listed[0]
    told = (
        f"Of the {len(listed)} past situations, here or elsewhere, most like this one in what moves the model, {calm} were calm; "
        f"{len(hit) or 'none'} of them saw {what} within a year. The nearest: {near.capital} in {wording.month(near.origin)}."
    )
    followed = [
        f"{a.capital} in {wording.month(a.origin)}: {what} after {a.months_to_onset[target]} months"
        for a in hit[:NAMED]
    ]
    return [Text(told), *([Bullets(followed)] if followed else [])]


def _feeds(capital: _Capital) -> list[str]:
    found = wording.feeds(str(capital.own["flags"].iloc[0]).split())
    return [f"{label}: {trouble}" for label, trouble in found.items()] or ["Every feed was on time."]
