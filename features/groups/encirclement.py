"""Encirclement: from how many sides, and how near, the country around the capital is attacked."""

from functools import partial

import numpy as np
import numpy.typing as npt

from data import geometry
from data.panel.view import View
from features.base import RISING, Columns, Feature, Floats, Group, Unit, described, log1p, mask_partial_windows

_feature = partial(Feature, tables=("rings",))
FEATURES = described(
    _feature(
        "sectors_attacked_3m",
        "compass sectors (of 8, 10-200 km out) with an event in three months",
        3,
        direction=RISING,
        fleeting=True,
        reason="a ring closing",
    ),
    _feature(
        "sectors_attacked_12m",
        "compass sectors (of 8, 10-200 km out) with an event in twelve months",
        12,
        direction=RISING,
        reason="sides from which the capital is pressed",
    ),
    _feature(
        "open_arc_12m",
        "largest run of neighbouring sectors without an event in twelve months, in degrees",
        12,
        Unit.DEGREES,
        reason="the way out that is left",
    ),
    _feature(
        "nearest_ring_3m",
        "number of the innermost ring with an event in three months (0 is 0-10 km, 6 none within 325 km)",
        3,
        Unit.RINGS,
        fleeting=True,
    ),
    _feature(
        "nearest_ring_12m",
        "number of the innermost ring with an event in twelve months (0 is 0-10 km, 6 none within 325 km)",
        12,
        Unit.RINGS,
    ),
    _feature(
        "approach_12m",
        "rings by which the mean event of the last six months lies nearer than that of the six before; 0 without events",
        12,
        Unit.RINGS,
    ),
    _feature(
        "ring_events_50_200km_3m",
        "events 50-200 km out in three months",
        3,
        Unit.LOG_COUNT,
        RISING,
        fleeting=True,
        reason="the belt from which roads are cut",
        columns=("events_r3", "events_r4"),
        counted="events 50 to 200 km out",
    ),
    _feature(
        "ring_events_50_200km_12m",
        "events 50-200 km out in twelve months",
        12,
        Unit.LOG_COUNT,
        RISING,
        reason="the belt from which roads are cut",
        columns=("events_r3", "events_r4"),
        counted="events 50 to 200 km out",
    ),
)
_RINGS = range(geometry.REST)


def compute(view: View) -> Columns:
    """Compute the group at one origin."""
    by_ring = np.stack([view.recent("rings", f"events_r{r}", 12) for r in _RINGS], axis=2)
    by_sector = np.stack([view.recent("rings", f"events_s{s}", 12) for s in range(geometry.SECTORS)], axis=2)
    hit_3m, hit_12m = _any(by_sector[:, -3:]), _any(by_sector)
    belt = by_ring[:, :, 3:5].sum(axis=2)
    columns = {
        "sectors_attacked_3m": hit_3m.sum(axis=1),
        "sectors_attacked_12m": hit_12m.sum(axis=1),
        "open_arc_12m": _largest_open_arc(hit_12m),
        "nearest_ring_3m": _nearest(by_ring[:, -3:]),
        "nearest_ring_12m": _nearest(by_ring),
        "approach_12m": np.nan_to_num(_mean_ring(by_ring[:, :6]) - _mean_ring(by_ring[:, 6:])),
        "ring_events_50_200km_3m": log1p(belt[:, -3:].sum(axis=1)),
        "ring_events_50_200km_12m": log1p(belt.sum(axis=1)),
    }
    return mask_partial_windows(columns, FEATURES, by_ring)


def _any(events: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(np.nansum(events, axis=1) > 0)


def _nearest(by_ring: Floats) -> Floats:
    hit = np.nansum(by_ring, axis=1) > 0
    return np.where(hit.any(axis=1), np.argmax(hit, axis=1), len(_RINGS)).astype(np.float32)


def _mean_ring(by_ring: Floats) -> Floats:
    events = np.nansum(by_ring, axis=1)
    total = events.sum(axis=1)
    return np.where(total > 0, events @ np.arange(len(_RINGS)) / np.maximum(total, 1), np.nan).astype(np.float32)


def _largest_open_arc(hit: npt.NDArray[np.bool_]) -> Floats:
    """Return degrees of the longest run of sectors without an event, going round the circle."""
    turns = np.concatenate([hit, hit], axis=1)
    run = longest = np.zeros(len(hit), np.int64)
    for sector in range(turns.shape[1]):
        run = np.where(turns[:, sector], 0, run + 1)
        longest = np.maximum(longest, run)
    return (np.minimum(longest, geometry.SECTORS) * (360 / geometry.SECTORS)).astype(np.float32)


GROUP = Group("encirclement", "attacks closing in on the capital", FEATURES, compute)
