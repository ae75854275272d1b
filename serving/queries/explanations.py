"""Why a risk is what it is, and what followed in past months like it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from data import calendar
from serving.queries.provenance import provenance
from serving.schemas.explanations import Analogue, Analogues, Drivers
from serving.schemas.fields import Target, year_month
from serving.schemas.forecasts import Driver
from serving.store import ServedPublication
from training.dataset.folds import LABEL_LAG_MONTHS
from training.dataset.target import outcomes
from training.explanation.drivers import explain, themes
from training.forecasting.forecast import states


def drivers(served: ServedPublication, iso3: str, origin: pd.Timestamp, target: Target, horizon: int) -> Drivers | None:
    """Decompose the log-odds of a risk by theme, exactly, with a plain sentence for each.

    Args:
        served: The publication whose model is explained.
        iso3: Code of a forecast state.
        origin: Published origin.
        target: Target of the risk.
        horizon: Months ahead, 1 to 12.

    Returns:
        Contributions in log-odds, strongest first; None where the served model has no contributions of features.
    """
    row = served.features(origin).loc[[iso3]]
    rows = served.forecasts[origin]
    own = rows[(rows["iso3"] == iso3) & (rows["target"] == target) & (rows["horizon"] == horizon)]
    said = float(own["risk"].iloc[0]) if len(own) else np.nan
    target_month = calendar.month_at(calendar.month_index(origin) + horizon)
    head: dict[str, Any] = {
        **provenance(served, origin),
        "iso3": iso3,
        "target": target,
        "horizon": horizon,
        "target_month": year_month(target_month),
        "published_risk": None if np.isnan(said) else said,
    }
    if states(row)[target][0]:
        return Drivers(
            **head, state="ongoing", risk=None, base=None, coherence_adjustment=None, log_odds=None, drivers=[]
        )
    try:
        found = explain(served.model, row, target, [horizon])[horizon]
    except TypeError:  # a baseline is served, which has no inputs
        return None
    told = themes(row.iloc[0], found.parts.iloc[0])
    names = ("rank", "group", "label", "contribution", "sentence")
    return Drivers(
        **head,
        state="calm",
        risk=float(1 / (1 + np.exp(-found.log_odds[0]))),
        base=float(found.base[0]),
        coherence_adjustment=float(found.coherence_adjustment[0]),
        log_odds=float(found.log_odds[0]),
        drivers=[Driver(**dict(zip(names, (rank, *theme), strict=True))) for rank, theme in enumerate(told, 1)],
    )


def analogues(
    served: ServedPublication, iso3: str, origin: pd.Timestamp, target: Target, horizon: int, count: int
) -> Analogues:
    """Return the past capital-months most like this one in what moves the model, and what followed them."""
    listed = alike(served, iso3, origin, target, count)
    calm, hit = tally(listed, target, horizon)
    span = "a month" if horizon == 1 else f"{horizon} months"
    return Analogues(
        **provenance(served, origin),
        iso3=iso3,
        target=target,
        horizon=horizon,
        calm=calm,
        disrupted=len(hit),
        summary=f"Of the {calm} closest situations {len(hit)} saw {target} within {span}.",
        analogues=listed,
    )


def alike(served: ServedPublication, iso3: str, origin: pd.Timestamp, target: str, count: int) -> list[Analogue]:
    """Return the past capital-months most like one in what moves a target, whose following year was over at the origin."""
    known_until = min(calendar.month_index(origin) - LABEL_LAG_MONTHS, served.panel.reached)
    found = served.analogues.closest(served.features(origin).loc[[iso3]], target, known_until, count)
    return _followed(served, found.to_dict("records"))


def tally(listed: Sequence[Analogue], target: str, horizon: int) -> tuple[int, list[Analogue]]:
    """Return how many analogues were calm, and those of them with an onset of the target within the horizon."""
    calm = [a for a in listed if target not in a.going_on]
    return len(calm), [a for a in calm if (a.followed[target] or 99) <= horizon]


def _followed(served: ServedPublication, rows: list[dict[str, Any]]) -> list[Analogue]:
    units = served.panel.units.set_index("iso3")
    at = calendar.month_indices(pd.Series([row["origin"] for row in rows], dtype="datetime64[us]"))
    unit = {code: i for i, code in enumerate(served.panel.iso3)}
    place = [unit[row["iso3"]] for row in rows], np.arange(len(rows))
    truth = outcomes(served.panel)
    first = {target: told.first_onset(at)[place] for target, told in truth.items()}
    calm = {target: told.calm(at)[place] for target, told in truth.items()}
    return [
        Analogue(
            iso3=row["iso3"],
            country=units.at[row["iso3"], "country"],
            capital=units.at[row["iso3"], "capital"],
            origin=year_month(row["origin"]),
            distance=round(float(row["distance"]), 4),
            followed={t: int(months[i]) if months[i] <= 12 else None for t, months in first.items()},
            going_on=[t for t, quiet in calm.items() if not quiet[i]],
        )
        for i, row in enumerate(rows)
    ]
