"""What-if form of a capital's page: its sliders, and the result of the scenario they describe."""

import json
from typing import Any

from pydantic import Field

from serving.api.filters import Filters
from serving.pages.components import charts
from serving.pages.components.svg_axes import nice_top
from serving.queries import wording
from serving.queries.scenarios.result import scenario_result
from serving.queries.scenarios.sliders import SLIDERS, corridors_of, effective_sliders
from serving.schemas.scenario import ScenarioResult
from serving.served_publication import ServedPublication

SHOWN = (1, 3, 6, 12)
MAXIMUM = {slider.name: slider.maximum for slider in SLIDERS}


class WhatIf(Filters):
    """Values of the sliders; 0 is as reported."""

    near_deaths: int = Field(0, ge=0, le=MAXIMUM["near_deaths"])
    around_attacks: int = Field(0, ge=0, le=MAXIMUM["around_attacks"])
    country_deaths: int = Field(0, ge=0, le=MAXIMUM["country_deaths"])
    coups: int = Field(0, ge=0, le=MAXIMUM["coups"])
    corridor_attacks: int = Field(0, ge=0, le=MAXIMUM["corridor_attacks"])
    fuel: int = Field(0, ge=0, le=MAXIMUM["fuel"])
    corridor: str = Field("", max_length=80)


def what_if(served: ServedPublication, iso3: str, values: WhatIf) -> dict[str, Any] | None:
    """Return the sliders, the equivalent request to POST /v1/scenarios and its result.

    Args:
        served: The publication whose model is asked.
        iso3: Code of a forecast state.
        values: Values of the sliders.

    Returns:
        Context of the template, with `result` None where every slider is at 0; None where the capital has no features.
    """
    if iso3 not in served.features(served.newest_origin).index:
        return None
    corridors, effective = corridors_of(iso3), effective_sliders(served)
    chosen = values.corridor if values.corridor in corridors else next(iter(corridors), "")
    sliders = [
        {"slider": slider, "value": getattr(values, slider.name), "effective": effective[slider.name]}
        for slider in SLIDERS
        if corridors or "{corridor}" not in slider.sentence
    ]
    changes = [line["slider"].sentence_for(line["value"], chosen) for line in sliders if line["value"]]
    body = {"iso3": iso3, "changes": changes}
    result = scenario_result(served, iso3, served.newest_origin, changes) if changes else None
    return {
        "sliders": sorted(sliders, key=lambda line: not line["effective"]),
        "corridors": corridors,
        "corridor": chosen,
        "body": json.dumps(body, ensure_ascii=False),
        "result": result,
        "blocks": [] if result is None else _blocks(result, str(served.capitals.at[iso3, "capital"])),
        "horizons": SHOWN,
    }


def _blocks(result: ScenarioResult, capital: str) -> list[dict[str, Any]]:
    """Draw the curves before and after, for every target that has both, on one scale."""
    curves = {t: (c.before.risk, c.after.risk) for t, c in result.targets.items() if c.before.risk and c.after.risk}
    top = nice_top(max((max(*before, *after) for before, after in curves.values()), default=0.0))
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
