"""Onset history of the capital, its neighbours, its region and the world."""

from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.contracts.forecasts import KINDS, PARTS, TARGETS
from data.panel.view import View
from features.base import (
    FALLING,
    RISING,
    Columns,
    Feature,
    Floats,
    Group,
    Scope,
    Unit,
    decayed,
    described,
    log1p,
    months_since,
)
from features.geography import region_mean, weighted_neighbours

Bools = npt.NDArray[np.bool_]

LONG_AGO = 240
PRIOR_YEARS = 5.0
"""A capital's rate counts for as much as its region's once this many calm years are known."""
YOUNG = 120
HALF_LIVES = (6, 24, 60, 120)

_past = partial(Feature, tables=("episodes",))
_rising = partial(_past, direction=RISING)
_since = partial(_past, unit=Unit.MONTHS_SINCE, direction=FALLING, fleeting=True)
_ANY = TARGETS["disruption"]
FEATURES = described(
    *(
        _rising(
            f"onsets_decayed_{months}m",
            f"past disruptions of this capital, each counting half after {months} months",
            fleeting=months == 6,
            reason="the strongest single predictor",
            kinds=_ANY,
            half_life_months=months,
        )
        for months in HALF_LIVES
    ),
    *(
        _rising(
            f"{kind}_decayed_60m",
            f"past episodes of {kind.replace('_', ' ')} with a half-life of five years",
            reason="like follows like",
            kinds=(kind,),
            half_life_months=60,
        )
        for kind in KINDS
    ),
    *(
        _rising(
            f"{part}_onsets_decayed_60m",
            f"past onsets of {part} with a half-life of five years",
            kinds=TARGETS[part],
            half_life_months=60,
        )
        for part in PARTS
    ),
    *(
        _rising(
            f"{part}_onsets_decayed_12m",
            f"past onsets of {part} with a half-life of one year",
            fleeting=True,
            kinds=TARGETS[part],
            half_life_months=12,
        )
        for part in PARTS
    ),
    *(
        _past(
            f"{part}_going_on",
            f"an episode of {part} is going on",
            1,
            Unit.INDICATOR,
            fleeting=True,
            reason="one kind of disruption brings another",
            kinds=TARGETS[part],
        )
        for part in PARTS
    ),
    *(
        _since(
            f"months_since_{target}",
            f"months since the last month of {target}, {LONG_AGO} at most",
            kinds=TARGETS[target],
        )
        for target in (*PARTS, "disruption")
    ),
    _rising(
        "attack_decayed_12m",
        "isolated mass-casualty attacks with a half-life of one year",
        fleeting=True,
        reason="a war that reaches the capital now and then",
        kinds=("attack",),
        half_life_months=12,
    ),
    *(
        _past(
            f"{target}_rate",
            f"onsets of {target} per calm year, half-life ten years, drawn towards the region's",
            unit=Unit.LOG,
            reason="a base rate fair to short records",
            scope=Scope.OWN_AND_REGION,
            kinds=TARGETS[target],
            half_life_months=120,
        )
        for target in TARGETS
    ),
    _past(
        "disruption_rate_recent",
        "onsets of disruption per calm year, half-life two years, drawn towards the region's",
        unit=Unit.LOG,
        reason="lately, how often",
        scope=Scope.OWN_AND_REGION,
        kinds=_ANY,
        half_life_months=24,
    ),
    _past(
        "longest_disruption",
        "months of the longest disruption in twenty years",
        240,
        Unit.LOG_COUNT,
        reason="what lasted once can last again",
        kinds=_ANY,
    ),
    Feature(
        "state_age",
        f"months since the state came into being, {YOUNG} at most",
        unit=Unit.MONTHS,
        reason="young states are contested",
        smooth=False,
    ),
    _rising(
        "disrupted_share_10y",
        "share of the last ten years in which the capital was disrupted",
        120,
        Unit.SHARE,
        kinds=_ANY,
    ),
    _rising(
        "neighbour_disrupted",
        "nearby capitals in disruption now, by distance",
        1,
        scope=Scope.NEIGHBOURS,
        kinds=_ANY,
    ),
    _rising(
        "neighbour_onsets_24m",
        "onsets in nearby capitals with a half-life of two years",
        reason="trouble travels",
        scope=Scope.NEIGHBOURS,
        kinds=_ANY,
        half_life_months=24,
    ),
    *(
        _past(
            f"neighbour_{part}_24m",
            f"onsets of {part} in nearby capitals with a half-life of two years",
            scope=Scope.NEIGHBOURS,
            kinds=TARGETS[part],
            half_life_months=24,
        )
        for part in PARTS
    ),
    _past(
        "region_onsets_24m",
        "onsets per state of the region with a half-life of two years",
        scope=Scope.REGION,
        kinds=_ANY,
        half_life_months=24,
    ),
    _rising(
        "region_onsets_120m",
        "onsets per state of the region with a half-life of ten years",
        reason="a region's base rate",
        scope=Scope.REGION,
        kinds=_ANY,
        half_life_months=120,
    ),
    _past(
        "world_onsets_12m",
        "onsets in the world with a half-life of one year",
        reason="bad years for many at once",
        scope=Scope.WORLD,
        kinds=_ANY,
        half_life_months=12,
    ),
)


def onsets(going_on: Bools) -> Floats:
    """Return 1 in the first month of each run of months, 0 elsewhere, shape (units, months)."""
    before = np.pad(going_on[:, :-1], ((0, 0), (1, 0)))
    return (going_on & ~before).astype(np.float32)


def log_rate(units: pd.DataFrame, going_on: Bools, existed: Bools, half_life_months: float) -> Floats:
    """Return ln of onsets per calm year, shrunk to the region's rate and that to the world's, shape (units,).

    Gamma-Poisson shrinkage with a prior of `PRIOR_YEARS` calm years; months before statehood do not count.

    Args:
        units: Units with their `region`.
        going_on: Months with an episode going on, shape (units, months), newest last.
        existed: Months since statehood, of the same shape.
        half_life_months: Age at which onsets and calm months count half.
    """
    calm = (~going_on & existed).astype(np.float32)
    count, years = decayed(onsets(going_on), half_life_months), decayed(calm, half_life_months) / 12
    region = pd.factorize(units["region"])[0]
    world = count.sum() / max(years.sum(), 1.0)
    by_region = (np.bincount(region, count) + PRIOR_YEARS * world) / (np.bincount(region, years) + PRIOR_YEARS)
    return np.log((count + PRIOR_YEARS * by_region[region]) / (years + PRIOR_YEARS) + 1e-4).astype(np.float32)


def longest_run(going_on: Bools) -> Floats:
    """Return the length in months of each row's longest run."""
    run = longest = np.zeros(len(going_on))
    for month in going_on.T:
        run = np.where(month, run + 1, 0)
        longest = np.maximum(longest, run)
    return longest.astype(np.float32)


def compute(view: View) -> Columns:
    """Compute the group at one origin."""
    state = {target: view.episodes(kinds) for target, kinds in TARGETS.items()}
    starts = {target: onsets(s) for target, s in state.items()}
    existed = {target: view.existed(kinds) for target, kinds in TARGETS.items()}
    own = starts["disruption"]
    columns: Columns = {f"onsets_decayed_{h}m": decayed(own, h) for h in HALF_LIVES}
    for part in PARTS:
        columns[f"{part}_onsets_decayed_60m"] = decayed(starts[part], 60)
        columns[f"{part}_onsets_decayed_12m"] = decayed(starts[part], 12)
        columns[f"{part}_going_on"] = view.going_on(TARGETS[part]).astype(np.float32)
        columns[f"months_since_{part}"] = months_since(state[part], LONG_AGO)
    for kind in KINDS:
        columns[f"{kind}_decayed_60m"] = decayed(onsets(view.episodes((kind,))), 60)
    for target in TARGETS:
        columns[f"{target}_rate"] = log_rate(view.units, state[target], existed[target], 120)
    for part in PARTS:
        columns[f"neighbour_{part}_24m"] = weighted_neighbours(view.units, decayed(starts[part], 24))
    every_two_years = decayed(own, 24)
    age = np.where(view.panel.member_from > 0, view.index - view.panel.member_from, YOUNG)
    return columns | {
        "disruption_rate_recent": log_rate(view.units, state["disruption"], existed["disruption"], 24),
        "longest_disruption": log1p(longest_run(state["disruption"][:, -240:])),
        "state_age": np.clip(age, 0, YOUNG).astype(np.float32),
        "months_since_disruption": months_since(state["disruption"], LONG_AGO),
        "attack_decayed_12m": decayed(onsets(view.episodes(("attack",))), 12),
        "disrupted_share_10y": state["disruption"][:, -120:].mean(axis=1).astype(np.float32),
        "neighbour_disrupted": weighted_neighbours(view.units, view.going_on(TARGETS["disruption"]).astype(np.float32)),
        "neighbour_onsets_24m": weighted_neighbours(view.units, every_two_years),
        "region_onsets_24m": region_mean(view.units, every_two_years),
        "region_onsets_120m": region_mean(view.units, columns["onsets_decayed_120m"]),
        "world_onsets_12m": np.full(len(view.units), decayed(own, 12).sum(), np.float32),
    }


GROUP = Group("history", "the capital's own and its region's past", FEATURES, compute)
