"""Onset history: what befell this capital, its neighbours, its region and the world."""

import numpy as np
import numpy.typing as npt

from data.contracts import KINDS, TARGETS
from data.panel import View
from features.base import Columns, Floats, Group, decayed, months_since
from features.geography import region_mean, weighted_neighbours

PARTS = ("fighting", "strangulation", "seizure")
LONG_AGO = 240

FEATURES = {
    **{
        f"onsets_decayed_{h}m": f"Past disruptions of this capital, each counting half after {h} months: the strongest single predictor."
        for h in (6, 24, 60, 120)
    },
    **{
        f"{kind}_decayed_60m": f"Past episodes of kind {kind} with a half-life of five years: like follows like."
        for kind in KINDS
    },
    **{f"{p}_onsets_decayed_60m": f"Past onsets of {p} with a half-life of five years." for p in PARTS},
    **{f"{p}_onsets_decayed_12m": f"Past onsets of {p} with a half-life of one year." for p in PARTS},
    **{
        f"{p}_going_on": f"1 while an episode of {p} is going on: one kind of disruption brings another." for p in PARTS
    },
    **{f"months_since_{p}": f"Months since the last month of {p}, {LONG_AGO} at most." for p in (*PARTS, "disruption")},
    "attack_decayed_12m": "Isolated mass-casualty attacks with a half-life of one year: a war that reaches the capital now and then.",
    "disrupted_share_10y": "Share of the last ten years in which the capital was disrupted.",
    "neighbour_disrupted": "Nearby capitals in disruption now, by distance.",
    "neighbour_onsets_24m": "Their onsets with a half-life of two years.",
    "region_onsets_24m": "Onsets per state of the region with a half-life of two years.",
    "region_onsets_120m": "The same with a half-life of ten years: a region's base rate.",
    "world_onsets_12m": "Onsets in the world with a half-life of one year: bad years for many at once.",
}


def onsets(going_on: npt.NDArray[np.bool_]) -> Floats:
    """Mark the first months of runs."""
    before = np.pad(going_on[:, :-1], ((0, 0), (1, 0)))
    return (going_on & ~before).astype(np.float32)


def compute(view: View) -> Columns:
    """Compute the group at one origin."""
    state = {target: view.disrupted(kinds) for target, kinds in TARGETS.items()}
    starts = {target: onsets(s) for target, s in state.items()}
    own = starts["disruption"]
    columns: Columns = {f"onsets_decayed_{h}m": decayed(own, h) for h in (6, 24, 60, 120)}
    for part in PARTS:
        columns[f"{part}_onsets_decayed_60m"] = decayed(starts[part], 60)
        columns[f"{part}_onsets_decayed_12m"] = decayed(starts[part], 12)
        columns[f"{part}_going_on"] = state[part][:, -1].astype(np.float32)
        columns[f"months_since_{part}"] = months_since(state[part], LONG_AGO)
    for kind in KINDS:
        columns[f"{kind}_decayed_60m"] = decayed(onsets(view.disrupted((kind,))), 60)
    every_two_years = decayed(own, 24)
    return columns | {
        "months_since_disruption": months_since(state["disruption"], LONG_AGO),
        "attack_decayed_12m": decayed(onsets(view.disrupted(("attack",))), 12),
        "disrupted_share_10y": state["disruption"][:, -120:].mean(axis=1).astype(np.float32),
        "neighbour_disrupted": weighted_neighbours(view.units, state["disruption"][:, -1].astype(np.float32)),
        "neighbour_onsets_24m": weighted_neighbours(view.units, every_two_years),
        "region_onsets_24m": region_mean(view.units, every_two_years),
        "region_onsets_120m": region_mean(view.units, columns["onsets_decayed_120m"]),
        "world_onsets_12m": np.full(len(view.units), decayed(own, 12).sum(), np.float32),
    }


RISING = frozenset(
    {
        *(f for f in FEATURES if "decayed" in f),
        "disrupted_share_10y",
        "neighbour_disrupted",
        "neighbour_onsets_24m",
        "region_onsets_120m",
    }
)
FALLING = frozenset(f for f in FEATURES if f.startswith("months_since"))
GROUP = Group("history", "the capital's own and its region's past", FEATURES, compute, rising=RISING, falling=FALLING)
