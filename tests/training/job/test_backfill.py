"""Months made afterwards: which can be, which are there already, and how long the rest will take."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from data.settings import settings
from serving.cli.retrain import time_left
from training.job import backfill
from training.job.options import Options

OCTOBER = pd.Timestamp("2026-10-01")


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home folder in force."""
    monkeypatch.setenv("CHOKEPOINT_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def quiet(*_: object) -> None:
    """Show no progress."""


def test_twelve_months_are_taken_in_order_and_ones_before_the_scored_windows_closed_are_refused(empty: Path) -> None:
    wanted = backfill.months_to_backfill(pd.Timestamp("2025-11-01"), OCTOBER)
    assert (len(wanted), wanted[0], wanted[-1]) == (12, pd.Timestamp("2025-11-01"), OCTOBER)
    with pytest.raises(
        ValueError, match=r"cannot backfill 2025-10\.\.2026-10: the first month has to be 2025-11 or later"
    ):
        backfill.months_to_backfill(pd.Timestamp("2025-10-01"), OCTOBER)
    with pytest.raises(ValueError, match=r"cannot backfill 2031-01: the panel reaches to 2026-10; end there"):
        backfill.months_to_backfill(OCTOBER, pd.Timestamp("2031-01-01"))


def test_a_month_that_was_backfilled_before_is_not_made_again(
    empty: Path, publisher: Callable[[Path, str, str], Path]
) -> None:
    folder = publisher(settings().published, "2026-10-v1-key", "1")
    kept = empty / "issued" / "backfilled" / "2026-10-v1-key.parquet"
    kept.parent.mkdir(parents=True)
    rows = pd.read_parquet(folder / "forecasts.parquet")
    rows[rows["origin"] == OCTOBER].to_parquet(kept)
    (month,) = backfill.backfill([OCTOBER], Options(), quiet)
    assert (month.origin, month.outcome, month.seconds) == (OCTOBER, None, 0.0)


def test_a_month_behind_what_is_published_is_refused_before_anything_is_done(
    empty: Path, publisher: Callable[[Path, str, str], Path]
) -> None:
    publisher(settings().published, "2026-10-v1-key", "1")
    with pytest.raises(ValueError, match=r"cannot backfill 2025-11: 2026-10 is published in .*CHOKEPOINT_HOME"):
        list(backfill.backfill([pd.Timestamp("2025-11-01")], Options(), quiet))
    assert not (empty / "work").exists()


def test_the_time_left_leaves_out_what_the_first_month_does_for_all() -> None:
    first = {"features": 30.0, "backtest": 300.0, "fit": 14.0, "intervals": 46.0}
    assert backfill._seconds_left([first], 11) == 11 * 60
    assert (
        backfill._seconds_left([first, {"features": 1.0, "backtest": 20.0, "fit": 14.0, "intervals": 45.0}], 10) == 800
    )
    assert time_left(800) == "about 13 min left"
    assert time_left(backfill._seconds_left([], 12)) == ""
