"""Where the champion was most wrong in its backtest: onsets nobody was warned of, and warnings that nothing followed."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from training.dataset.folds import SCORED_FROM, SCORED_TO
from training.evaluation.alarms import QUIET_MONTHS, came_true, is_false_alarm
from training.evaluation.backtest import Backtest
from training.evaluation.slices import scored_units
from training.models.registry import CHAMPION

TARGET, HORIZON, COUNT = "disruption", 6, 10
COLUMNS = ["iso3", "month", "origin", "risk", "rank", "of"]


def misses(tested: Backtest, count: int = COUNT) -> pd.DataFrame:
    """Return the onsets of disruption that were ranked lowest before they came, worst first.

    Columns `iso3`, `month` (the onset's), and the best that was said in the six months before: `origin`, `risk` within six
    months, `rank` among `of` calm capitals. Scored units and origins (folds.SCORED_FROM..SCORED_TO) only.
    """
    rows = _ranked(tested)
    ahead = rows[came_true(rows["first"], HORIZON)]
    best = ahead.sort_values(["share", "origin"], kind="stable").drop_duplicates(["iso3", "month"])
    return best.sort_values(["share", "iso3"], ascending=False)[COLUMNS].head(count).reset_index(drop=True)


def false_alarms(tested: Backtest, count: int = COUNT) -> pd.DataFrame:
    """Return each capital's highest risk that twelve calm months followed, highest first, in the columns of `misses`.

    `month` is the last of the twelve. A capital is named once: its alarms have one cause more often than not.
    """
    rows = _ranked(tested)
    quiet = rows[is_false_alarm(rows["first"])]
    quiet = quiet.assign(month=[calendar.month_at(calendar.month_index(o) + QUIET_MONTHS) for o in quiet["origin"]])
    worst = quiet.sort_values(["risk", "iso3"], ascending=[False, True]).drop_duplicates("iso3")
    return worst[COLUMNS].head(count).reset_index(drop=True)


def share_disrupted(tested: Backtest, top: int = COUNT) -> float:
    """Return the share of the `top` capitals of every origin that were disrupted within six months."""
    rows = _ranked(tested)
    highest = rows[rows["rank"] <= top]
    return float(came_true(highest["first"], HORIZON).mean())


def _ranked(tested: Backtest) -> pd.DataFrame:
    rows = tested.rows
    used: npt.NDArray[np.bool_] = rows.calm[TARGET] & rows.features["iso3"].isin(scored_units()).to_numpy()
    used &= (rows.origin_index >= calendar.month_index(SCORED_FROM)) & (
        rows.origin_index <= calendar.month_index(SCORED_TO)
    )
    first = rows.first_onset[TARGET][used]
    made = rows.features.loc[used, ["iso3", "origin"]].reset_index(drop=True)
    made = made.assign(first=first, risk=tested.risk(CHAMPION, TARGET, HORIZON)[used])
    by = made.groupby("origin")["risk"]
    made = made.assign(rank=by.rank(ascending=False, method="min").astype(int), of=by.transform("size"))
    month = [calendar.month_at(int(i)) for i in rows.origin_index[used] + first]
    return made.assign(share=made["rank"] / made["of"], month=month)
