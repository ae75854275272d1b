"""What if: a capital's risks under other numbers of deaths and attacks than those reported."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from data.contracts import TARGETS
from serving.filters import Filters
from serving.prediction import predict
from serving.schemas import PredictRow
from serving.state import Issue

SHOWN = (1, 3, 6, 12)


@dataclass(frozen=True)
class Lever:
    """A number a reader may change, and the features in which the model sees it."""

    label: str
    most: int
    step: int
    same: str
    """Feature of the same three months: ln(1 + number)."""
    month: str = ""
    """Feature of the newest month, taken to hold a third of it."""
    longer: tuple[str, ...] = ()
    """Features of spans around it, which hold at least as much."""


LEVERS = {
    "country_deaths": Lever(
        "Deaths in the whole country in three months",
        25_000,
        50,
        "country_deaths_3m",
        "country_deaths_1m",
        ("country_deaths_12m",),
    ),
    "near_deaths": Lever(
        "Deaths within 25 km of the seat of government in three months",
        1000,
        10,
        "near_deaths_3m",
        "near_deaths_1m",
        ("near_deaths_12m",),
    ),
    "around_attacks": Lever(
        "Attacks 25 to 100 km out in three months", 100, 1, "around_events_3m", longer=("around_events_12m",)
    ),
    "corridor_attacks": Lever(
        "Attacks on the most attacked supply corridor in three months",
        60,
        1,
        "corridor_attacks_5km_3m",
        longer=("corridor_attacks_5km_12m", "corridor_attacks_25km_3m", "corridor_attacks_25km_12m"),
    ),
}


class WhatIf(Filters):
    """What a reader changed; a number left out stays as reported."""

    country_deaths: int | None = Field(None, ge=0, le=LEVERS["country_deaths"].most)
    near_deaths: int | None = Field(None, ge=0, le=LEVERS["near_deaths"].most)
    around_attacks: int | None = Field(None, ge=0, le=LEVERS["around_attacks"].most)
    corridor_attacks: int | None = Field(None, ge=0, le=LEVERS["corridor_attacks"].most)


def what_if(issue: Issue, iso3: str, asked: WhatIf) -> dict[str, Any] | None:
    """Return the levers with their present numbers, and the risks as they are and as they would be; None without features."""
    table = issue.features(issue.newest)
    if iso3 not in table.index:
        return None
    own = table.loc[iso3]
    levers, changed, features = [], [], dict[str, float | None]()
    for name, lever in LEVERS.items():
        reported = float(np.expm1(own[lever.same]))
        at = min(lever.step * round(reported / lever.step), lever.most) if np.isfinite(reported) else 0
        given = getattr(asked, name)
        told = f"{reported:,.0f}" if np.isfinite(reported) else "not known"
        levers.append({"name": name, "lever": lever, "value": at if given is None else given, "told": told})
        if given is not None and given != at:
            features |= _features(lever, given, own)
            changed.append(f"{lever.label[0].lower()}{lever.label[1:]}: {given:,} instead of {told}")
    now, then = predict(issue, [PredictRow(iso3=iso3), PredictRow(iso3=iso3, features=features)])
    lines = [{"target": t, "cells": _cells(now.targets[t].risk, then.targets[t].risk)} for t in TARGETS]
    return {"levers": levers, "changed": changed, "lines": lines, "horizons": SHOWN}


def _cells(now: list[float] | None, then: list[float] | None) -> list[tuple[float, float] | None]:
    """Pair both curves at the shown horizons; None while an episode goes on."""
    if now is None or then is None:
        return [None] * len(SHOWN)
    return [(now[h - 1], then[h - 1]) for h in SHOWN]


def _features(lever: Lever, number: int, own: Mapping[str, float]) -> dict[str, float | None]:
    """Return the features that say the number; longer spans keep what they hold if that is more."""
    value = float(np.log1p(number))
    made: dict[str, float | None] = {lever.same: value}
    if lever.month:
        made[lever.month] = float(np.log1p(number / 3))
    return made | {name: max(value, float(np.nan_to_num(own[name], nan=0.0))) for name in lever.longer}
