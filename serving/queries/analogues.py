"""Analogues: the past capital-months most like one in the inputs of the served model, and the onsets that followed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from data import calendar
from serving.queries.provenance import provenance
from serving.schemas.explanations import Analogue, Analogues
from serving.schemas.fields import Target, year_month
from serving.served_publication import ServedPublication
from training.dataset.folds import LABEL_LAG_MONTHS
from training.dataset.target import MAX_HORIZON, outcomes


def find_analogues(
    served: ServedPublication, iso3: str, origin: pd.Timestamp, target: Target, horizon: int, count: int
) -> Analogues:
    """Return the nearest analogues of a capital at an origin, and how many were followed by an onset.

    Args:
        served: The publication whose inputs weigh the distance.
        iso3: Code of a forecast state.
        origin: Published origin.
        target: Target whose contributions weigh the inputs.
        horizon: Months within which an onset counts, 1 to 12.
        count: Number of analogues.
    """
    nearest = nearest_analogues(served, iso3, origin, target, count)
    calm, disrupted = count_onsets(nearest, target, horizon)
    span = "a month" if horizon == 1 else f"{horizon} months"
    return Analogues(
        **provenance(served, origin),
        iso3=iso3,
        target=target,
        horizon=horizon,
        calm=calm,
        disrupted=len(disrupted),
        summary=f"Of the {calm} closest situations {len(disrupted)} saw {target} within {span}.",
        analogues=nearest,
    )


def nearest_analogues(
    served: ServedPublication, iso3: str, origin: pd.Timestamp, target: str, count: int
) -> list[Analogue]:
    """Return the analogues whose following year was over at the origin, nearest first.

    Args:
        served: The publication whose inputs weigh the distance.
        iso3: Code of a forecast state.
        origin: Published origin.
        target: Target whose contributions weigh the inputs.
        count: Number of analogues.
    """
    known_until = min(calendar.month_index(origin) - LABEL_LAG_MONTHS, served.panel.known_to)
    nearest = served.analogues.closest(served.features(origin).loc[[iso3]], target, known_until, count)
    return _with_onsets(served, nearest.to_dict("records"))


def count_onsets(analogues: Sequence[Analogue], target: str, horizon: int) -> tuple[int, list[Analogue]]:
    """Return the number of analogues calm for a target, and those of them with an onset within the horizon."""
    calm = [analogue for analogue in analogues if target not in analogue.ongoing]
    return len(calm), [a for a in calm if (a.months_to_onset[target] or MAX_HORIZON + 1) <= horizon]


def _with_onsets(served: ServedPublication, rows: list[dict[str, Any]]) -> list[Analogue]:
    units = served.panel.units.set_index("iso3")
    months = calendar.month_indices(pd.Series([row["origin"] for row in rows], dtype="datetime64[us]"))
    position = {code: i for i, code in enumerate(served.panel.iso3)}
    cells = [position[row["iso3"]] for row in rows], np.arange(len(rows))
    by_target = outcomes(served.panel)
    onset = {target: outcome.first_onset(months)[cells] for target, outcome in by_target.items()}
    calm = {target: outcome.calm(months)[cells] for target, outcome in by_target.items()}
    return [
        Analogue(
            iso3=row["iso3"],
            country=units.at[row["iso3"], "country"],
            capital=units.at[row["iso3"], "capital"],
            origin=year_month(row["origin"]),
            distance=round(float(row["distance"]), 4),
            months_to_onset={t: int(after[i]) if after[i] <= MAX_HORIZON else None for t, after in onset.items()},
            ongoing=[t for t, is_calm in calm.items() if not is_calm[i]],
        )
        for i, row in enumerate(rows)
    ]
