"""Media: how much is reported of conflict and protest, against the country's usual share of the world's news."""

from functools import partial

import numpy as np

from data.panel.view import View
from features.base import Columns, Feature, Floats, Group, Unit, described

_feature = partial(Feature, tables=("media",))
FEATURES = described(
    _feature(
        "media_conflict_z",
        "conflict events' share of the world's in the newest month, as a z-score against the two years before",
        25,
        Unit.Z_SCORE,
        fleeting=True,
        columns=("conflict_events",),
    ),
    _feature(
        "media_protest_z",
        "protest events' share of the world's in the newest month, as a z-score against the two years before",
        25,
        Unit.Z_SCORE,
        fleeting=True,
        reason="crowds come before a fall",
        columns=("protest_events",),
    ),
    _feature(
        "media_conflict_3m_z",
        "three months' conflict share against the two years before",
        27,
        Unit.Z_SCORE,
        fleeting=True,
        columns=("conflict_events",),
    ),
    _feature(
        "media_protest_3m_z",
        "three months' protest share against the two years before",
        27,
        Unit.Z_SCORE,
        fleeting=True,
        columns=("protest_events",),
    ),
    _feature(
        "media_conflict_level",
        "conflict events' share of the world's over twelve months",
        12,
        Unit.LOG,
        columns=("conflict_events",),
    ),
    _feature(
        "media_protest_level",
        "protest events' share of the world's over twelve months",
        12,
        Unit.LOG,
        columns=("protest_events",),
    ),
    _feature(
        "media_goldstein",
        "mean Goldstein score of the newest month, -10 hostile to 10 friendly",
        1,
        Unit.INDEX,
        columns=("goldstein_mean",),
    ),
    _feature(
        "media_goldstein_change",
        "Goldstein score of the newest month less the mean of the year before",
        13,
        Unit.INDEX,
        columns=("goldstein_mean",),
    ),
    _feature(
        "media_goldstein_vs_world",
        "Goldstein score of the newest month less the world's median then",
        1,
        Unit.INDEX,
        reason="tone without the drift of coverage and coding",
        columns=("goldstein_mean",),
    ),
)


def compute(view: View) -> Columns:
    """Compute the group at one origin."""
    conflict, protest = (_share(view, c) for c in ("conflict_events", "protest_events"))
    goldstein = view.recent("media", "goldstein_mean", 13)
    return {
        "media_conflict_z": _z(conflict, 1),
        "media_protest_z": _z(protest, 1),
        "media_conflict_3m_z": _z(conflict, 3),
        "media_protest_3m_z": _z(protest, 3),
        "media_conflict_level": _level(conflict),
        "media_protest_level": _level(protest),
        "media_goldstein": goldstein[:, -1],
        "media_goldstein_change": goldstein[:, -1] - goldstein[:, :-1].mean(axis=1),
        "media_goldstein_vs_world": goldstein[:, -1] - _median(goldstein[:, -1]),
    }


def _median(values: Floats) -> np.float32:
    """Return the median of the known values; NaN where none is."""
    known = values[np.isfinite(values)]
    return np.float32(np.median(known) if known.size else np.nan)


def _share(view: View, column: str) -> Floats:
    """Return ln of the share of the world's events, 27 months; coverage grew a hundredfold, shares did not."""
    counts = view.recent("media", column, 27)
    return np.log((counts + 1) / (np.nansum(counts, axis=0) + 1)[None, :]).astype(np.float32)


def _z(share: Floats, months: int) -> Floats:
    recent, before = share[:, -months:].mean(axis=1), share[:, -24 - months : -months]
    spread = np.maximum(before.std(axis=1), 0.1)
    return ((recent - before.mean(axis=1)) / spread).astype(np.float32)


def _level(share: Floats) -> Floats:
    return share[:, -12:].mean(axis=1).astype(np.float32)


GROUP = Group("media", "news of conflict and protest", FEATURES, compute)
