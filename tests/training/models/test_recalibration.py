"""Recalibration: what counts, for how much, what must not be known yet, and the line that brings forecasts and outcomes together."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.contracts.forecasts import PARTS, TARGETS
from training.dataset.rows import LabelledRows
from training.models.base import Floats, Recalibration
from training.models.pooling import Pool, intensity, pooled
from training.models.recalibration import HALF_LIFE_MONTHS, RIDGE_LEVEL, OnsetCounts, count_onsets, fit_recalibrations

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


def flat(rows: int, monthly: float) -> Floats:
    return np.full((rows, 12), -np.expm1(-monthly))


def lines(hazard: Floats, rows: LabelledRows, until: int) -> dict[str, Recalibration]:
    return fit_recalibrations(count_onsets(dict.fromkeys(TARGETS, hazard), rows), until)


def moved(line: Recalibration, monthly: float) -> float:
    return float(np.exp(line.intercept + line.slope * np.log(monthly)))


def test_a_month_expects_the_intensities_of_the_rows_at_risk_in_it() -> None:
    # One row is at risk in months 101 and 102, in which its onset comes; the other in 101 to 112.
    counts = OnsetCounts.of(flat(2, 0.1), past([2, NEVER], [100, 100]), "seizure")
    assert counts.expected.sum(axis=1)[[100, 101, 102, 103, 112]] == pytest.approx([0, 0.2, 0.2, 0.1, 0.1])
    assert counts.observed.sum(axis=1)[[101, 102, 103]].tolist() == [0, 1, 0]


def test_intensities_are_counted_in_bins_a_quarter_wide() -> None:
    hazard = np.vstack([flat(1, np.exp(-4.1)), flat(1, np.exp(-6.9)), flat(1, 1e-20), flat(1, 2.0)])
    counts = OnsetCounts.of(hazard, past([1, 1, 1, 1], [100] * 4), "disruption")
    assert np.flatnonzero(counts.observed[101]).tolist() == [0, 24, 35, 51]


def test_twice_as_many_onsets_as_expected_draw_the_level_towards_two() -> None:
    count = 30_000
    rows = past([1] * 600 + [NEVER] * (count - 600), [100] * count)
    # 300 expected and 600 come in the newest month, and nothing is known of later ones: the level a of disruption solves
    # 600 - 300 exp(a) = 40 a, which is a = 0.6489.
    whole = lines(flat(count, 0.01), rows, until=101)["disruption"]
    assert np.log(moved(whole, 0.01) / 0.01) == pytest.approx(0.6489, abs=1e-3)
    assert 600 - 300 * np.exp(0.6489) == pytest.approx(RIDGE_LEVEL * 0.6489, abs=0.1)


def test_a_part_without_a_past_follows_disruption() -> None:
    count = 30_000
    rows = past([1] * 600 + [NEVER] * (count - 600), [100] * count)
    nothing = replace(rows, calm=rows.calm | dict.fromkeys(PARTS, np.zeros(count, bool)))
    found = lines(flat(count, 0.01), nothing, until=101)
    for part in PARTS:
        assert moved(found[part], 0.01) == pytest.approx(moved(found["disruption"], 0.01), rel=1e-3)


def test_risks_that_were_too_close_together_are_drawn_apart() -> None:
    # Of 100,000 rows at .02 a month twice as many onsets came as expected, of 100,000 at .005 half as many.
    monthly = np.repeat([0.02, 0.005], 100_000)
    first = np.full(200_000, NEVER)
    first[:4_000], first[100_000:100_250] = 1, 1
    hazard = -np.expm1(-np.tile(monthly[:, None], 12))
    line = lines(hazard, past(first.tolist(), [100] * 200_000), until=101)["disruption"]
    assert line.slope > 1.5
    assert moved(line, 0.02) > 0.03
    assert moved(line, 0.005) < 0.004


def test_a_month_counts_half_after_the_half_life() -> None:
    observed = np.zeros((101, 52))
    observed[100 - int(HALF_LIFE_MONTHS), 30] = 60
    counts = OnsetCounts(np.zeros((101, 52)), observed, known_to=1_000)
    assert counts.discounted(until=100)[1].sum() == pytest.approx(30)


def test_months_after_the_last_published_one_change_nothing() -> None:
    early, late = (past(first, [100, 100, 100]) for first in ([2, 2, NEVER], [3, 7, 2]))
    assert lines(flat(3, 0.05), early, until=101) == lines(flat(3, 0.05), late, until=101)
    assert lines(flat(3, 0.05), early, until=102) != lines(flat(3, 0.05), late, until=102)


def test_months_the_catalogue_has_not_reached_were_not_calm_and_age_nothing() -> None:
    open_months = past([NEVER], [100], known_to=103)
    counts = OnsetCounts.of(flat(1, 0.1), open_months, "disruption")
    assert counts.expected.sum() == pytest.approx(3 * 0.1)
    later = lines(flat(1, 0.1), open_months, until=120)
    assert later == lines(flat(1, 0.1), open_months, until=103)


def test_without_a_past_the_forecast_stays() -> None:
    none = lines(flat(0, 0.1), past([], []), until=120)
    assert none == dict.fromkeys(TARGETS, Recalibration(0.0, 1.0))


def test_a_recalibrated_pool_lies_on_the_line_and_its_terms_still_add_up() -> None:
    hazards = {"first": np.array([[0.01]]), "second": np.array([[0.04]])}
    pool, line = Pool({"first": 0.4, "second": 0.6}, 0.1), Recalibration(0.3, 1.2)
    before, after = (np.log(intensity(pooled(hazards, p)))[0, 0] for p in (pool, pool.recalibrated(line)))
    assert after == pytest.approx(0.3 + 1.2 * before)
    assert pool.recalibrated(line) == Pool(
        {"first": pytest.approx(0.48), "second": pytest.approx(0.72)}, pytest.approx(0.42)
    )
