"""Whether what was said came as often as it was said: past forecasts in bands of risk against what followed."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from data import calendar
from serving.pages.components import charts
from serving.queries import wording
from serving.store import ServedPublication
from training.dataset.folds import SCORED_TO
from training.dataset.target import outcomes

BANDS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)
"""Edges of the bands of forecast risk; most forecasts are small, so that the bands widen."""
LEAST = 30
"""Forecasts below which a band is left out: a few months of one capital say nothing."""
HORIZON = 6


@dataclass(frozen=True)
class Reliability:
    """One target's bands, each (band in words, mean risk said, share that was followed, forecasts), and their drawing."""

    target: str
    bands: list[tuple[str, float, float, int]]
    drawing: str


def reliability(served: ServedPublication, target: str, first: pd.Timestamp) -> Reliability | None:
    """Compare the forecasts within six months made from an origin on with what followed; None where too few are over."""
    rows = served.publication.history
    rows = rows[(rows["target"] == target) & rows["origin"].between(first, SCORED_TO)].astype({"iso3": str})
    said = rows.pivot(index="iso3", columns="origin", values=f"h{HORIZON}").astype(float)
    place = [served.panel.iso3.index(code) for code in said.index]
    happened = outcomes(served.panel)[target].observed(calendar.month_indices(pd.Series(said.columns)), HORIZON)[place]
    risk = said.to_numpy()
    known = np.isfinite(risk) & np.isfinite(happened)
    bands = []
    for low, high in pairwise(BANDS):
        own = known & (risk >= low) & ((risk < high) | (high == BANDS[-1]))
        if own.sum() >= LEAST:
            bands.append((_named(low, high), float(risk[own].mean()), float(happened[own].mean()), int(own.sum())))
    if not bands:
        return None
    told = "; ".join(f"said {wording.percent(mean)}, came {wording.percent(share)}" for _, mean, share, _ in bands)
    name = f"{wording.TARGETS[target]} {wording.within(HORIZON)}, by band of risk: {told}"
    return Reliability(target, bands, charts.reliability([(mean, share) for _, mean, share, _ in bands], name))


def _named(low: float, high: float) -> str:
    if low == BANDS[0]:
        return f"under {high:.0%}".replace("%", " %")
    if high == BANDS[-1]:
        return f"{100 * low:.0f} % and more"
    return f"{100 * low:.0f} to {100 * high:.0f} %"
