"""The briefing of one capital: its risks and drivers, past forecasts, similar months, and what would change the risk."""

import numpy as np

from data import calendar
from data.contracts.forecasts import TARGETS
from data.reference_tables import require_state
from serving.briefing import country_sections as sections
from serving.briefing import figures
from serving.briefing.blocks import Block, Brief, Bullets, Heading, Picture, Table, Text
from serving.briefing.capital_facts import CapitalFacts
from serving.briefing.facts import HOW_TO_READ, LICENCE, Facts
from serving.queries import wording
from serving.queries.capital import ongoing_at, standing_of
from serving.queries.ranking import rank_target
from training.evaluation.slices import REPORTED_HORIZONS


def country_brief(facts: Facts, country: str) -> Brief:
    """Return the two pages about one capital.

    Args:
        facts: Facts of the origin.
        country: ISO3 code of the state.

    Raises:
        LookupError: No state has the code.
        ValueError: The capital has no forecast at the origin.
    """
    capital = CapitalFacts(facts, require_state(country))
    if capital.rows.empty:
        raise ValueError(f"{capital.code} has no forecast at origin {facts.origin:%Y-%m}: choose another --origin")
    row = facts.panel.iso3.index(capital.code)
    typical = [facts.median("disruption", h) for h in calendar.HORIZONS]
    attacks, alternative, attacks_sentence = figures.attacks_and_deaths(facts, row)
    curves = {t: capital.curve(t) for t in TARGETS}
    page_1: list[Block] = [
        Text(_lead(capital), "lead"),
        Text(facts.data_status(capital.code), "note"),
        _table(capital),
        Picture(figures.curves(curves, typical), "Risk of each kind of disruption by months ahead."),
        Heading("Strongest drivers"),
        *sections.drivers(capital),
        Heading("Around the city and in the country"),
        Picture(attacks, alternative),
        Text(attacks_sentence, "note"),
        Heading("Similar past months"),
        *sections.similar_months(capital),
    ]
    page_2: list[Block] = [
        Heading("Past forecasts and what happened"),
        *sections.past_forecasts(capital),
        Heading("What would change the risk"),
        *sections.what_if(capital),
        Heading("Missing data"),
        Bullets(sections.late_or_missing(capital)),
        Heading("How to read it, and its limits"),
        Bullets([*HOW_TO_READ[:3], facts.track_record()]),
    ]
    country_name = facts.served.capitals.at[capital.code, "country"]
    name = f"brief_{facts.origin:%Y-%m}_{capital.code}"
    subtitle = f"Briefing, end of {wording.month(facts.origin)}"
    return Brief(
        name,
        f"{capital.name}, {country_name}: risk of disruption",
        subtitle,
        (page_1, page_2),
        facts.provenance,
        LICENCE,
    )


def _lead(capital: CapitalFacts) -> str:
    facts = capital.facts
    if np.isfinite(capital.risk("disruption", 6)):
        typical = wording.odds(facts.median("disruption", 6)).removeprefix("about ")
        return (
            f"{capital.name} at the end of {wording.month(facts.origin)}: {facts.calm}. Any disruption: {wording.odds(capital.risk('disruption', 6))} within six months "
            f"({wording.percent(capital.risk('disruption', 6))}); the typical capital: {typical}."
        )
    if (capital.curve("disruption")["state"] == "ongoing").all():
        episodes = [e for e in ongoing_at(facts.served, capital.code, facts.origin) if e.kind != "attack"]
        further = [
            f"{wording.TARGETS[t].lower()} {wording.odds(capital.risk(t, 6))}"
            for t in TARGETS
            if np.isfinite(capital.risk(t, 6))
        ]
        standing = standing_of(facts.rows, capital.code)
        rest = f" Risk of further disruption within six months: {wording.listing(further)}." if further else ""
        if standing and standing.further_risk is not None:
            rest += f" Any of them: {wording.odds(standing.further_risk)} ({wording.percent(standing.further_risk)}), rank {standing.rank} of {standing.of}."
        return f"{capital.name} is disrupted: {wording.going_on(episodes)}.{rest}"
    return f"No risk is given for {capital.name} at this origin: too many data are missing."


def _table(capital: CapitalFacts) -> Table:
    rows = []
    for target in TARGETS:
        at = [capital.risk(target, h) for h in REPORTED_HORIZONS]
        ranked = rank_target(capital.facts.rows, target, 6).set_index("iso3")
        scored = ranked["score"].notna()
        place = f"{ranked.at[capital.code, 'rank']} of {scored.sum()}" if scored[capital.code] else "–"
        percents = [wording.percent(r) for r in at]
        in_words = wording.odds(at[2]) if np.isfinite(at[2]) else wording.STATES[capital.curve(target)["state"].iloc[0]]
        rows.append([wording.TARGETS[target], *percents, in_words, place])
    header = ["Risk of", *(f"{h} mo." for h in REPORTED_HORIZONS), "Within six months", "Place"]
    return Table(header, rows, (0.23, 0.1, 0.1, 0.1, 0.1, 0.21, 0.16), (1, 2, 3, 4, 6))
