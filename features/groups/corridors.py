"""Corridor pressure: attacks along the roads, railways and rivers that supply the capital."""

from functools import cache, partial

import numpy as np

from data.panel.view import View
from data.reference_tables import read_corridors
from data.tables.corridors import MAX_CORRIDORS
from features.base import FALLING, RISING, Columns, Feature, Floats, Group, Unit, described, log1p, mask_partial_windows

_feature = partial(Feature, tables=("corridors",))
FEATURES = described(
    _feature(
        "corridor_attacks_5km_1m",
        "events within 5 km of the worst supply corridor, 25-325 km out, in the newest known month",
        1,
        Unit.LOG_COUNT,
        RISING,
        fleeting=True,
        reason="tankers burn on the road, and few die",
        columns=("events_5km",),
        counted="events within 5 km",
    ),
    _feature(
        "corridor_attacks_5km_3m",
        "events within 5 km of the worst supply corridor in three months",
        3,
        Unit.LOG_COUNT,
        RISING,
        fleeting=True,
        reason="a blockade begins",
        columns=("events_5km",),
        counted="events within 5 km",
    ),
    _feature(
        "corridor_attacks_5km_6m",
        "events within 5 km of the worst supply corridor in six months",
        6,
        Unit.LOG_COUNT,
        RISING,
        reason="a blockade that is kept up",
        columns=("events_5km",),
        counted="events within 5 km",
    ),
    _feature(
        "corridor_attacks_5km_12m",
        "events within 5 km of the worst supply corridor in twelve months",
        12,
        Unit.LOG_COUNT,
        RISING,
        reason="a road that is not safe",
        columns=("events_5km",),
        counted="events within 5 km",
    ),
    *(
        _feature(
            f"corridor_attacks_25km_{months}m",
            f"events within 25 km of the worst supply corridor in {span}",
            months,
            Unit.LOG_COUNT,
            RISING,
            fleeting=months <= 3,
            reason="the country the road runs through",
            columns=("events_25km",),
            counted="events within 25 km",
        )
        for months, span in (
            (1, "the newest known month"),
            (3, "three months"),
            (6, "six months"),
            (12, "twelve months"),
        )
    ),
    _feature(
        "corridors_hit_share_3m",
        "share of the capital's corridors with an event within 5 km in three months",
        3,
        Unit.SHARE,
        RISING,
        fleeting=True,
    ),
    _feature(
        "corridors_hit_share_12m",
        "share of the capital's corridors with an event within 5 km in twelve months",
        12,
        Unit.SHARE,
        RISING,
    ),
    _feature(
        "entries_left_share_12m",
        "share of the ports, border posts and depots from which some corridor had no event within 5 km in twelve months",
        12,
        Unit.SHARE,
        FALLING,
        reason="whether another way is left",
    ),
    _feature(
        "corridor_closeness_3m",
        "325 less the distance in km from the capital of the nearest corridor event in three months; 0 without one",
        3,
        Unit.KM,
        fleeting=True,
    ),
    Feature("landlocked", "the state has no sea coast", unit=Unit.INDICATOR),
)


def compute(view: View) -> Columns:
    """Compute the group at one origin."""
    count = _count(view)
    slots = [f"c{i}" for i in range(MAX_CORRIDORS)]
    near = np.stack([view.recent("corridors", f"events_5km_{s}", 12) for s in slots], axis=2)
    wide = np.stack([view.recent("corridors", f"events_25km_{s}", 12) for s in slots], axis=2)
    share_3m, share_12m = ((np.nansum(near[:, -m:], axis=1) > 0).sum(axis=1) / np.maximum(count, 1) for m in (3, 12))
    attacks = {
        f"corridor_attacks_{km}km_{months}m": log1p(np.nanmax(_sums(events, months), axis=1))
        for km, events in ((5, near), (25, wide))
        for months in (1, 3, 6, 12)
    }
    columns = attacks | {
        "corridors_hit_share_3m": share_3m,
        "corridors_hit_share_12m": share_12m,
        "entries_left_share_12m": _entries_left(view, near),
        "corridor_closeness_3m": np.nan_to_num(view.recent("corridors", "closeness_km", 3)).max(axis=1),
    }
    own = np.where((count > 0)[:, None, None], near, np.nan)
    return mask_partial_windows(columns, FEATURES, own) | {"landlocked": view.units["landlocked"].to_numpy(np.float32)}


def _sums(
    events: np.ndarray[tuple[int, ...], np.dtype[np.float32]], months: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray(np.nansum(events[:, -months:], axis=1), np.float32)


def _count(view: View) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    counts = read_corridors()["iso3"].value_counts().clip(upper=MAX_CORRIDORS)
    return view.units["iso3"].map(counts).fillna(0).to_numpy(np.float32)


def _entries_left(view: View, near: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Floats:
    """Return the share of starting places that a corridor without an event still serves."""
    quiet = np.nansum(near, axis=1) == 0
    left = np.full(len(view.units), np.nan, np.float32)
    for unit, code in enumerate(view.units["iso3"]):
        starts = _starts().get(code, [])
        if starts:
            open_yet = {start for slot, start in enumerate(starts) if quiet[unit, slot]}
            left[unit] = len(open_yet) / len(set(starts))
    return left


@cache
def _starts() -> dict[str, list[str]]:
    """Return where each capital's corridors start, in the order of the panel's slots."""
    ordered = read_corridors().sort_values("corridor").groupby("iso3")["start"]
    return {str(code): list(starts)[:MAX_CORRIDORS] for code, starts in ordered}


GROUP = Group("corridors", "pressure on the supply corridors", FEATURES, compute)
