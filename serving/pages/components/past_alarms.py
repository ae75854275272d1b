"""Past alarms of the published history of forecasts, and how each ended."""

from typing import Any

import pandas as pd

from data.contracts.forecasts import TARGETS
from serving.queries import wording
from serving.queries.capital import episodes_of
from serving.served_publication import ServedPublication
from training.evaluation.alarms import published_alarms

HORIZON = 6
LISTED = 60


def past_alarms(served: ServedPublication, target: str) -> dict[str, Any] | None:
    """Return the alarms of the published history of a target, newest first, with their counts by outcome.

    None where fewer than two origins have risks.
    """
    rows = served.publication.history
    rows = rows[(rows["target"] == target) & rows["iso3"].isin(served.capitals.index)]
    history = published_alarms(rows, served.panel, target, HORIZON)
    if history is None:
        return None
    names = served.capitals[["capital", "country"]].to_dict("index")
    return {
        "first": rows["origin"].min(),
        "last": rows["origin"].max(),
        "threshold": history.threshold,
        "horizon": HORIZON,
        "all": len(history.alarms),
        "warned": history.warned,
        "onsets": history.onsets,
        "came": sum(a.onset is not None for a in history.alarms),
        "open": sum(a.open for a in history.alarms),
        "nothing": sum(a.onset is None and not a.open for a in history.alarms),
        "newest": [
            vars(a) | names[a.iso3] | {"kinds": "" if a.onset is None else _kinds(served, a.iso3, a.onset, target)}
            for a in history.alarms[:LISTED]
        ],
    }


def _kinds(served: ServedPublication, iso3: str, onset: pd.Timestamp, target: str) -> str:
    """Return the kinds of episode of a target going on in the month of an onset."""
    episodes = episodes_of(served, iso3)
    episodes = episodes[
        (episodes["start"] <= onset) & (episodes["end"] >= onset) & episodes["kind"].isin(TARGETS[target])
    ]
    return wording.listing(wording.kind(kind) for kind in dict.fromkeys(episodes["kind"]))
