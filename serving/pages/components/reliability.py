"""Reliability of past forecasts: observed frequency against mean forecast risk, by band of risk."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from data import calendar
from serving.pages.components import charts
from serving.queries import wording
from serving.served_publication import ServedPublication
from training.dataset.folds import SCORED_TO
from training.dataset.target import outcomes

BANDS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)
"""Edges of the bands of forecast risk; most forecasts are small, so the bands widen."""
LEAST = 30
"""Forecasts below which a band is left out: too few to estimate a frequency."""
HORIZON = 6


@dataclass(frozen=True)
class Reliability:
    """One target's bands, each (label, mean forecast risk, observed frequency, forecasts), and their drawing."""

    target: str
    bands: list[tuple[str, float, float, int]]
    drawing: str


def reliability(served: ServedPublication, target: str, first: pd.Timestamp) -> Reliability | None:
    """Return observed frequencies by band of forecast risk within six months.

    Args:
        served: The publication whose history of forecasts is judged.
        target: Target of the risks.
        first: First origin that counts; the last is the last scored one.

    Returns:
        The bands with at least `LEAST` forecasts whose window has closed; None where there is no such band.
    """
    rows = served.publication.history
    rows = rows[(rows["target"] == target) & rows["origin"].between(first, SCORED_TO)].astype({"iso3": str})
    forecast = rows.pivot(index="iso3", columns="origin", values=f"h{HORIZON}").astype(float)
    place = [served.panel.iso3.index(code) for code in forecast.index]
    observed = outcomes(served.panel)[target].observed(calendar.month_indices(pd.Series(forecast.columns)), HORIZON)[
        place
    ]
    risk = forecast.to_numpy()
    known = np.isfinite(risk) & np.isfinite(observed)
    bands = []
    for low, high in pairwise(BANDS):
        in_band = known & (risk >= low) & ((risk < high) | (high == BANDS[-1]))
        if in_band.sum() >= LEAST:
            bands.append(
                (_label(low, high), float(risk[in_band].mean()), float(observed[in_band].mean()), int(in_band.sum()))
            )
    if not bands:
        return None
    pairs = "; ".join(
        f"forecast {wording.percent(mean)}, observed {wording.percent(share)}" for _, mean, share, _ in bands
    )
    name = f"{wording.TARGETS[target]} {wording.within(HORIZON)}, by band of risk: {pairs}"
    return Reliability(target, bands, charts.reliability([(mean, share) for _, mean, share, _ in bands], name))


def _label(low: float, high: float) -> str:
    if low == BANDS[0]:
        return f"under {high:.0%}".replace("%", " %")
    if high == BANDS[-1]:
        return f"{100 * low:.0f} % and more"
    return f"{100 * low:.0f} to {100 * high:.0f} %"
