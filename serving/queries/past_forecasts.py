"""Past forecasts of a capital and their outcomes."""

import numpy as np
import pandas as pd

from data import calendar
from serving.queries.versions import version_at
from serving.served_publication import ServedPublication
from training.dataset.target import outcomes


def past_forecasts(served: ServedPublication, iso3: str) -> pd.DataFrame:
    """Return a capital's forecasts with their outcomes, oldest first.

    Args:
        served: The publication, for its history and panel.
        iso3: Code of a forecast state.

    Returns:
        A row an origin, target and reported horizon. Columns origin, iso3, target, horizon, target_month, risk, outcome, onset_month, model_version.
    """
    wide = served.publication.history
    wide = wide[wide["iso3"] == iso3]
    long = wide.melt(["origin", "iso3", "target"], var_name="horizon", value_name="risk")
    long = long.assign(horizon=long["horizon"].str[1:].astype(int), target=long["target"].astype(str))
    long = long.sort_values(["origin", "target", "horizon"], ignore_index=True)
    by_target, unit = outcomes(served.panel), served.panel.iso3.index(iso3)
    origins = calendar.month_indices(long["origin"])
    first, observed, calm = (np.zeros(len(long)) for _ in range(3))
    for target, outcome in by_target.items():
        here = (long["target"] == target).to_numpy()
        first[here] = outcome.first_onset(origins[here])[unit]
        calm[here] = outcome.calm(origins[here])[unit]
        for horizon in long["horizon"].unique():
            at = here & (long["horizon"] == horizon).to_numpy()
            observed[at] = outcome.observed(origins[at], int(horizon))[unit]
    choices = [np.isnan(long["risk"]) | (calm == 0), observed == 1, observed == 0]
    outcome_names = np.select(choices, ["ongoing", "onset", "none"], "open")
    onset = [
        calendar.month_at(int(o + f)) if w == "onset" else pd.NaT
        for o, f, w in zip(origins, first, outcome_names, strict=True)
    ]
    target_month = [calendar.month_at(int(o) + h) for o, h in zip(origins, long["horizon"], strict=True)]
    rows = long.assign(target_month=target_month, outcome=outcome_names, onset_month=pd.to_datetime(pd.Series(onset)))
    rows["model_version"] = rows["origin"].map(
        {origin: version_at(served, origin) for origin in rows["origin"].unique()}
    )
    columns = ["origin", "iso3", "target", "horizon", "target_month", "risk", "outcome", "onset_month", "model_version"]
    return rows[columns]
