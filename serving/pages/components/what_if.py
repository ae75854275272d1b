"""What if: the levers of a capital's page, and what POST /v1/scenarios answers to where they stand."""

import json
from typing import Any

from pydantic import Field

from serving.api.filters import Filters
from serving.pages.components import charts
from serving.queries import wording
from serving.queries.scenario_answer import answer_scenario
from serving.queries.scenario_sliders import LEVERS, corridors_of, working
from serving.schemas.scenario import ScenarioAnswer
from serving.store import ServedPublication

SHOWN = (1, 3, 6, 12)


MOST = {lever.name: lever.most for lever in LEVERS}


class WhatIf(Filters):
    """Where a reader put the levers; 0 is as reported."""

    near_deaths: int = Field(0, ge=0, le=MOST["near_deaths"])
    around_attacks: int = Field(0, ge=0, le=MOST["around_attacks"])
    country_deaths: int = Field(0, ge=0, le=MOST["country_deaths"])
    coups: int = Field(0, ge=0, le=MOST["coups"])
    corridor_attacks: int = Field(0, ge=0, le=MOST["corridor_attacks"])
    fuel: int = Field(0, ge=0, le=MOST["fuel"])
    corridor: str = Field("", max_length=80)


def what_if(served: ServedPublication, iso3: str, asked: WhatIf) -> dict[str, Any] | None:
    """Return the levers, the request they stand for and its answer; None where the capital has no features."""
    if iso3 not in served.features(served.newest_origin).index:
        return None
    corridors, able = corridors_of(iso3), working(served)
    chosen = asked.corridor if asked.corridor in corridors else next(iter(corridors), "")
    levers = [
        {"lever": lever, "value": getattr(asked, lever.name), "works": able[lever.name]}
        for lever in LEVERS
        if corridors or "{corridor}" not in lever.sentence
    ]
    said = [line["lever"].says(line["value"], chosen) for line in levers if line["value"]]
    body = {"iso3": iso3, "changes": said}
    answer = answer_scenario(served, iso3, served.newest_origin, said) if said else None
    return {
        "levers": sorted(levers, key=lambda line: not line["works"]),
        "corridors": corridors,
        "corridor": chosen,
        "body": json.dumps(body, ensure_ascii=False),
        "answer": answer,
        "blocks": [] if answer is None else _blocks(answer, str(served.capitals.at[iso3, "capital"])),
        "horizons": SHOWN,
    }


def _blocks(answer: ScenarioAnswer, capital: str) -> list[dict[str, Any]]:
    """Draw both curves of every target that has them, all on one scale."""
    curves = {t: (c.before.risk, c.after.risk) for t, c in answer.targets.items() if c.before.risk and c.after.risk}
    top = charts.nice_top(max((max(*before, *after) for before, after in curves.values()), default=0.0))
    blocks = []
    for target, (before, after) in curves.items():
        cells = [(before[h - 1], after[h - 1]) for h in SHOWN]
        spans = (
            f"{wording.percent(a)} to {wording.percent(b)} {wording.within(h)}"
            for h, (a, b) in zip(SHOWN, cells, strict=True)
        )
        name = f"{capital}, {wording.TARGETS[target].lower()}, before and after: {', '.join(spans)}"
        blocks.append({"target": target, "drawing": charts.two_curves(before, after, top, name), "cells": cells})
    return blocks
