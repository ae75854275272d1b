"""Ranking of capitals by risk: one order for the pages, the API and the command line."""

import math
from collections.abc import Mapping

import pandas as pd

from data.contracts.forecasts import PARTS


def rank(forecasts: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Return the capitals of one origin ranked by risk.

    The score of a calm capital is its risk of disruption, that of any other 1 - prod(1 - risk) over the targets
    that have one: not ongoing, not abstained from. Where none has, the score is NaN and the rank last.

    Args:
        forecasts: Rows of contracts.FORECASTS of one origin.
        horizon: Months ahead, 1 to 12.

    Returns:
        Columns iso3, rank (1 is the highest risk), score and state, in the order of the rank.

    Raises:
        ValueError: The rows are of several origins, or none has the horizon.
    """
    origins = forecasts["origin"].unique()
    if len(origins) != 1:
        raise ValueError(f"rank takes the forecasts of one origin, got {len(origins)}; filter by `origin` first")
    rows = forecasts[forecasts["horizon"] == horizon]
    if rows.empty:
        raise ValueError(f"no forecast has horizon {horizon}; choose one from 1 to 12")
    risk = rows.pivot(index="iso3", columns="target", values="risk")
    state = rows[rows["target"] == "disruption"].set_index("iso3")["state"].reindex(risk.index)
    further = 1 - (1 - risk[list(PARTS)]).prod(axis=1, min_count=1)
    score = risk["disruption"].where(state == "calm", further)
    table = pd.DataFrame(
        {
            "rank": score.rank(ascending=False, method="min", na_option="bottom"),
            "score": score,
            "state": state,
        }
    )
    ordered = table.astype({"rank": "int64"}).rename_axis("iso3").reset_index().sort_values(["rank", "iso3"])
    return ordered.reset_index(drop=True)


def rank_target(forecasts: pd.DataFrame, target: str, horizon: int) -> pd.DataFrame:
    """Return the capitals of one origin ranked for one target: as `rank`, or those in an episode of another target last."""
    if target == "disruption":
        return rank(forecasts, horizon)
    rows = forecasts[(forecasts["target"] == target) & (forecasts["horizon"] == horizon)]
    places = rows["risk"].rank(ascending=False, method="min", na_option="bottom").astype("int64")
    table = pd.DataFrame({"iso3": rows["iso3"], "rank": places, "score": rows["risk"], "state": rows["state"]})
    return table.sort_values(["rank", "iso3"]).reset_index(drop=True)


def past_scores(
    forecasts: Mapping[pd.Timestamp, pd.DataFrame], target: str, horizon: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the scores and the states of one target by origin and capital.

    The score of disruption is that of `rank`, of the other targets the risk itself, NaN while an episode is ongoing.

    Args:
        forecasts: Rows of contracts.FORECASTS by origin.
        target: Target of the scores.
        horizon: Months ahead, 1 to 12.

    Returns:
        Two tables (origins, ISO3), oldest origin first.
    """
    rows = pd.concat([table[table["horizon"] == horizon] for _, table in sorted(forecasts.items())])
    risk = rows.pivot(index="origin", columns=["target", "iso3"], values="risk")
    state = rows[rows["target"] == target].pivot(index="origin", columns="iso3", values="state")
    score = risk[target]
    if target == "disruption":
        parts = [risk[part].reindex(columns=score.columns) for part in PARTS]
        calm = math.prod(1 - part.fillna(0.0) for part in parts)
        known = pd.concat([part.notna() for part in parts]).groupby(level=0).any()
        score = score.where(state == "calm", (1 - calm).where(known))
    return score, state
