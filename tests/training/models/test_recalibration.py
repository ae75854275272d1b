"""The level of a pool: what counts, for how much, and what must not be known yet."""

import numpy as np
import pandas as pd
import pytest

from data.contracts.forecasts import TARGETS
from training.dataset.rows import LabelledRows
from training.models.recalibration import HALF_LIFE_MONTHS, SHRUNK_TO_ONE, OnsetCounts

NEVER = 13


def past(first_onset: list[int], origin_index: list[int], known_to: int = 1_000) -> LabelledRows:
    """Calm rows with the months to their next onset."""
    return LabelledRows(
        pd.DataFrame(index=range(len(first_onset))),
        dict.fromkeys(TARGETS, np.ones(len(first_onset), bool)),
        dict.fromkeys(TARGETS, np.array(first_onset, np.int64)),
        np.array(origin_index, np.int64),
        known_to,
    )


def flat(rows: int, intensity: float) -> np.ndarray:
    return np.full((rows, 12), -np.expm1(-intensity))


def test_a_month_expects_the_intensities_of_the_rows_at_risk_in_it() -> None:
    # One row is at risk in months 101 and 102, in which its onset comes; the other in 101 to 112.
    counts = OnsetCounts.of(flat(2, 0.1), past([2, NEVER], [100, 100]), "seizure")
    assert counts.expected[[100, 101, 102, 103, 112]] == pytest.approx([0, 0.2, 0.2, 0.1, 0.1])
    assert counts.observed[[101, 102, 103]].tolist() == [0, 1, 0]


def test_twice_as_many_onsets_as_expected_draw_the_ratio_towards_two() -> None:
    count = 30_000
    rows = past([1] * 600 + [NEVER] * (count - 600), [100] * count)
    # 300 expected and 600 come in the newest month, and nothing is known of later ones.
    assert OnsetCounts.of(flat(count, 0.01), rows, "fighting").ratio(until=101) == pytest.approx(
        (SHRUNK_TO_ONE + 600) / (SHRUNK_TO_ONE + 300)
    )


def test_a_month_counts_half_after_the_half_life() -> None:
    counts = OnsetCounts(np.full(101, 0.0), np.where(np.arange(101) == 100 - HALF_LIFE_MONTHS, 60.0, 0.0))
    assert counts.ratio(until=100) == pytest.approx((SHRUNK_TO_ONE + 30) / SHRUNK_TO_ONE)


def test_months_after_the_last_published_one_change_nothing() -> None:
    early = OnsetCounts.of(flat(3, 0.05), past([2, 2, NEVER], [100, 100, 100]), "fighting")
    late = OnsetCounts.of(flat(3, 0.05), past([3, 7, 2], [100, 100, 100]), "fighting")
    assert early.ratio(until=101) == late.ratio(until=101)
    assert early.ratio(until=102) != late.ratio(until=102)


def test_months_the_catalogue_has_not_reached_were_not_calm() -> None:
    open_months = OnsetCounts.of(flat(1, 0.1), past([NEVER], [100], known_to=103), "disruption")
    assert open_months.expected.sum() == pytest.approx(3 * 0.1)


def test_without_a_past_the_level_stays() -> None:
    assert OnsetCounts.of(flat(0, 0.1), past([], []), "disruption").ratio(until=120) == 1
