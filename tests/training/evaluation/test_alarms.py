import numpy as np
import pandas as pd

from data import calendar
from training.evaluation.alarms import alarm_history

FIRST = pd.Timestamp("2020-01-01")
ORIGINS = calendar.month_range(FIRST, pd.Timestamp("2021-08-01"))
QUIET = 0.01


def table(**high: list[int]) -> pd.DataFrame:
    """Twenty origins; the numbered ones of each capital have a high risk."""
    columns = {code: [0.5 if i in months else QUIET for i in range(20)] for code, months in high.items()}
    return pd.DataFrame(columns, index=ORIGINS)


def marks(*offsets: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Disrupted months, counted from January 2020."""
    marked = np.zeros(400, bool)
    marked[[calendar.month_index(FIRST) + offset for offset in offsets]] = True
    return marked


def test_an_alarm_ends_in_an_episode_in_nothing_or_is_open() -> None:
    # 3 of 60 capital-months are high: 5 %.
    risk = table(AAA=[2], BBB=[5], CCC=[18])
    until = calendar.month_index(pd.Timestamp("2021-08-01"))
    history = alarm_history(risk, {"AAA": marks(4, 5), "BBB": marks(12), "CCC": marks()}, 6, until)
    assert QUIET < history.threshold <= 0.5
    assert [(a.iso3, a.onset, a.open) for a in history.alarms] == [
        ("CCC", None, True),
        ("BBB", None, False),  # seven months later is no hit at six
        ("AAA", pd.Timestamp("2020-05-01"), False),
    ]
    assert (history.warned, history.onsets) == (1, 2)


def test_months_in_a_row_are_one_alarm() -> None:
    risk = table(AAA=[2, 3, 4], BBB=[], CCC=[])
    history = alarm_history(risk, {code: marks() for code in risk}, 6, calendar.month_index(pd.Timestamp("2022-01-01")))
    assert [(a.first, a.last, a.highest) for a in history.alarms] == [(ORIGINS[2], ORIGINS[4], 0.5)]
