"""Encirclement: from how many sides, and how near, the country around the capital is attacked."""

import numpy as np
import numpy.typing as npt

from data import geometry
from data.panel.panel import View
from features.base import Columns, Floats, Group, log1p, where_whole

FEATURES = {
    "sectors_attacked_3m": "Compass sectors (of 8, 10-200 km out) with an event in three months: a ring closing.",
    "sectors_attacked_12m": "Compass sectors (of 8, 10-200 km out) with an event in twelve months: sides from which the capital is pressed.",
    "open_arc_12m": "Largest run of neighbouring sectors without an event in twelve months, in degrees: the way out that is left.",
    "nearest_ring_3m": "Number of the innermost ring with an event in three months (0 is 0-10 km, 6 none within 325 km).",
    "nearest_ring_12m": "Number of the innermost ring with an event in twelve months (0 is 0-10 km, 6 none within 325 km).",
    "approach_12m": "Rings by which the mean event of the last six months lies nearer than that of the six before; 0 without events.",
    "ring_events_50_200km_3m": "ln(1+events) 50-200 km out in three months: the belt from which roads are cut.",
    "ring_events_50_200km_12m": "ln(1+events) 50-200 km out in twelve months: the belt from which roads are cut.",
    "ring_age": "Months since the newest month of the ring counts.",
}
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
    return where_whole(columns, by_ring) | {"ring_age": view.age("rings")}


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


RISING = frozenset(
    {"sectors_attacked_3m", "sectors_attacked_12m", "ring_events_50_200km_3m", "ring_events_50_200km_12m"}
)
GROUP = Group("encirclement", "attacks closing in on the capital", FEATURES, compute, ("rings",), RISING)
