"""Worst errors of the champion in its backtest: missed onsets, and false alarms (training/evaluation/alarms.py)."""

import pandas as pd

from data import calendar
from training.evaluation.alarms import QUIET_MONTHS, came_true, is_false_alarm
from training.evaluation.backtest import Backtest
from training.evaluation.slices import is_scored
from training.models.registry import CHAMPION

TARGET, HORIZON, COUNT = "disruption", 6, 10
COLUMNS = ["iso3", "month", "origin", "risk", "rank", "of"]


def misses(backtest: Backtest, count: int = COUNT) -> pd.DataFrame:
    """Return the onsets of disruption with the lowest rank before them, worst first.

    Args:
        backtest: Backtest with the champion's hazards; scored units and origins count.
        count: Number of onsets.

    Returns:
        Columns `COLUMNS`: `month` of the onset and, of the origin that ranked the capital highest in the six months
        before, its `origin`, `risk` within six months and `rank` among `of` calm capitals.
    """
    rows = _ranked(backtest)
    ahead = rows[came_true(rows["first"], HORIZON)]
    best = ahead.sort_values(["share", "origin"], kind="stable").drop_duplicates(["iso3", "month"])
    return best.sort_values(["share", "iso3"], ascending=False)[COLUMNS].head(count).reset_index(drop=True)


def false_alarms(backtest: Backtest, count: int = COUNT) -> pd.DataFrame:
    """Return each capital's highest risk that was a false alarm, highest first.

    Args:
        backtest: Backtest with the champion's hazards; scored units and origins count.
        count: Number of capitals; each is listed once, as its false alarms mostly share a cause.

    Returns:
        Columns of `misses`; `month` is the last of the twelve calm months.
    """
    rows = _ranked(backtest)
    false = rows[is_false_alarm(rows["first"])]
    false = false.assign(month=[calendar.month_at(calendar.month_index(o) + QUIET_MONTHS) for o in false["origin"]])
    worst = false.sort_values(["risk", "iso3"], ascending=[False, True]).drop_duplicates("iso3")
    return worst[COLUMNS].head(count).reset_index(drop=True)


def share_disrupted(backtest: Backtest, top: int = COUNT) -> float:
    """Return the precision among the `top` capitals of every origin: the share disrupted within six months."""
    rows = _ranked(backtest)
    highest = rows[rows["rank"] <= top]
    return float(came_true(highest["first"], HORIZON).mean())


def _ranked(backtest: Backtest) -> pd.DataFrame:
    rows = backtest.rows
    used = rows.calm[TARGET] & is_scored(rows)
    first = rows.first_onset[TARGET][used]
    ranked = rows.features.loc[used, ["iso3", "origin"]].reset_index(drop=True)
    ranked = ranked.assign(first=first, risk=backtest.risk(CHAMPION, TARGET, HORIZON)[used])
    by_origin = ranked.groupby("origin")["risk"]
    ranked = ranked.assign(
        rank=by_origin.rank(ascending=False, method="min").astype(int), of=by_origin.transform("size")
    )
    month = [calendar.month_at(int(i)) for i in rows.origin_index[used] + first]
    return ranked.assign(share=ranked["rank"] / ranked["of"], month=month)
